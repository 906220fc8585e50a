//! Notes of a comparison, as sentences. In: a note. Out: one line, with what to do where there is something.

use std::collections::BTreeSet;

use fourply_compare::{FileKind, Note, Unneeded};

/// The sentence.
pub(crate) fn note(note: &Note) -> String {
    match note {
        Note::NoPlace { folder } => format!(
            "nobody can tell where the service lies in the team's image, which starts in {folder}: its files were not compared"
        ),
        Note::NotInSources { path, count } => format!(
            "{path} ({count} {}) is in the team's image and not in this one, and its sources are not in the workspace: if the build makes it, name it in `output` or `files`",
            if *count == 1 { "file" } else { "files" }
        ),
        Note::MachineCode { package, path } => format!(
            "{package} has machine code in the team's image alone ({path}): its install script has to run, see docs/build-root.md"
        ),
        Note::OtherContents { kind, count, paths } => {
            let more = count - paths.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let files = if *count == 1 { "file holds" } else { "files hold" };
            let kind = self::kind(*kind);
            format!("{count} {files} something else in the team's image ({kind}): {}{more}", paths.join(", "))
        }
        Note::FromElsewhere { source, to } => format!(
            "{source} is copied to {to} from a stage or an image that was not looked at: compare with the image, or look whether the service needs it"
        ),
        Note::OtherPlace { source, to } => {
            format!(
                "{source} lies at {to} in the team's image: files of the workspace lie below /app in this one, and `files` puts them into the service's folder only; name it there, and tell the service its new path"
            )
        }
        Note::OwnsAll { folder } => format!(
            "the team's image lets its program write to all of {folder}; this one only to the folders in `writable`, which are those with evidence"
        ),
        Note::Root => "the team's image runs as root; this one does not: folders that only root may write to need `writable`".to_owned(),
        Note::UnknownUser { name } => format!("nobody can tell the number of the user {name} without the image"),
        Note::OtherProgram { command, program } => format!(
            "the team's image starts `{}`; this one has no {program}, and starts the service itself",
            command.join(" ")
        ),
        Note::Secret { name } => {
            format!("{name} looks like a secret: give it when a container starts, not in fourply.toml")
        }
        Note::EnvFile { path } => {
            format!("{path} is in the team's image: give its variables when a container starts, or in `env` if they are no secrets")
        }
        Note::OtherHealth { test } => format!(
            "the health check `{}` asks in a way that was not understood: this image keeps its own, see `health`",
            test.iter().skip(1).cloned().collect::<Vec<_>>().join(" ")
        ),
        Note::NoPort => "the team's image names neither a port nor a health check: if the service is a worker that listens nowhere, it needs `port = false`".to_owned(),
        Note::StopSignal { theirs, ours } => format!(
            "{theirs} stops the team's image, and {ours} this one: no key changes that; give the signal when a container starts (docker run --stop-signal), or let the service listen to {ours}"
        ),
        Note::Ports { ports } => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            format!("the team's image names more ports ({}): an image need not name the ports that it listens on", ports.join(", "))
        }
        Note::Unneeded { packages, why } => format!("{} is not needed: {}", names(packages), reason(*why)),
        Note::OtherDistribution { packages } => format!(
            "the team's image has {}, and this one stands on another distribution: look up what they are called there",
            names(packages)
        ),
        Note::NoDatabase { packages } => format!(
            "the team's image has {}, and the base of this one has no package manager: take another base",
            names(packages)
        ),
        Note::Node { theirs, ours } => format!("node {theirs} became {ours}"),
        Note::Defaults { arguments } => format!(
            "build arguments with the Dockerfile's own values, others come with --build-arg: {}",
            arguments.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
        ),
        Note::NoValue { names: unset } => {
            format!("variables of the Dockerfile without a value, taken for empty: {}", names(unset))
        }
    }
}

fn reason(why: Unneeded) -> &'static str {
    match why {
        Unneeded::Health => "only the health check was seen to use it, and node asks in its place",
        Unneeded::Init => "the base has an init that starts the program",
        Unneeded::Toolchain => {
            "it compiles, and an image that runs does not; [build] toolchain has what builds need"
        }
    }
}

fn names(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

/// What a row of the table is called.
pub(super) fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Needed => "needed at run time",
        FileKind::Development => "development",
        FileKind::Sources => "sources, tests, documentation",
        FileKind::LeftOut => "of needed packages, left out",
        FileKind::Other => "of other services, or pnpm's own",
        FileKind::System => "outside of the workspace",
    }
}
