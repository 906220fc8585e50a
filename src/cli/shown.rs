//! What a wrong command line is answered with, and the name of the configuration in messages. In: what clap says, a rendered error. Out: the same, in the words that
//! the user wrote.

use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::workspace::CommonArgs;
use super::{Cli, Command};
use crate::config::FILE_NAME;
use crate::report::masked;

/// A wrong command line: the usage of its command as the help has it, as clap adds options that only the environment gave; and what is meant by a word that
/// docker or pnpm has.
pub fn usage(mut error: clap::Error) -> clap::Error {
    hide_values(&mut error);
    if let Some(tip) = tip(&error) {
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    if error.get(ContextKind::Usage).is_none() {
        return error;
    }
    let mut cli = Cli::command().name("fourply").bin_name("fourply");
    cli.build();
    let mut command = &mut cli;
    for word in std::env::args().skip(1) {
        if command.find_subcommand(&word).is_none() {
            continue;
        }
        match command.find_subcommand_mut(&word) {
            Some(found) => command = found,
            None => return error,
        }
    }
    if !command.has_subcommands() {
        let usage = command.render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}

/// The values of options that hold secrets do not show, and of others no password of a URL.
fn hide_values(error: &mut clap::Error) {
    let of_secret = |value: &ContextValue| {
        let text = value.to_string();
        text.contains("--secret") || text.contains("--build-arg")
    };
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let shown = masked(value).into_owned();
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    if error.get(ContextKind::InvalidArg).is_some_and(of_secret)
        && error.get(ContextKind::InvalidValue).is_some()
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}

/// Options of other tools, and fourply's own word for each.
const OTHERS: [(&[&str], &str); 12] = [
    (
        &["--no-cache", "--no-cache-filter", "--force"],
        "there is none: what changed is built again by itself; --twice runs every script again, an empty --store DIR knows nothing",
    ),
    (
        &["--filter", "-F", "--workspace"],
        "name the services: fourply build auth; --all builds every one, --since REV what changed",
    ),
    (
        &["-f", "--file"],
        "there is no Dockerfile to name: fourply.toml says what the image has, and --config names another one",
    ),
    (&["--target"], "there is none: a service is one image without stages; name the service"),
    (&["--pull"], "the word is --refresh-base"),
    (&["--iidfile"], "the word is --metadata-file, and the digest is on standard output"),
    (
        &["--builder", "--build-context", "--cgroup-parent", "--shm-size", "--ulimit", "--isolation"],
        "there is none: no daemon and no container builds",
    ),
    (
        &["--squash"],
        "there is none: layers are what services and releases share; [image] layers = 1 makes one of all packages",
    ),
    (
        &["--network", "--add-host", "--allow"],
        "the word is [build] network in fourply.toml: the packages whose scripts may download",
    ),
    (&["--ssh"], "there is none; a token for a script is --secret id=NAME"),
    (
        &["--prod", "--production", "--frozen-lockfile"],
        "there is none: an image always has the production packages of pnpm-lock.yaml",
    ),
    (&["--latest", "--name"], "the word is --tag"),
];

/// What to write in the place of an option that is unknown.
fn tip(error: &clap::Error) -> Option<&'static str> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(word))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let name = word.split('=').next().unwrap_or(word);
    OTHERS.iter().find(|(words, _)| words.contains(&name)).map(|(_, tip)| *tip)
}

/// A message in which the configuration has the name of the file that `--config` gave.
pub fn named(text: String, config: Option<&Path>) -> String {
    let name = config.and_then(Path::file_name).and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| *name != FILE_NAME) else { return text };
    let mut parts = text.split(FILE_NAME);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A part of another name stays.
        let apart = !out.ends_with(|last: char| last.is_ascii_alphanumeric() || "/-_.".contains(last));
        out.push_str(if apart { name } else { FILE_NAME });
        out.push_str(part);
    }
    out
}

impl Command {
    /// What `--timings` names.
    pub fn timings(&self) -> Option<&Path> {
        self.common()?.timings.as_deref()
    }

    /// The arguments of a command on a workspace.
    fn common(&self) -> Option<&CommonArgs> {
        match self {
            Command::Build(args) => Some(&args.common),
            Command::Smoke(args) => Some(&args.common),
            Command::Lock(args) => Some(&args.common),
            Command::Compare(args) => Some(&args.common),
            Command::Tree(args) => Some(&args.common),
            _ => None,
        }
    }

    /// What `--config` names.
    pub fn config(&self) -> Option<&Path> {
        match self {
            Command::Build(args) => args.common.config.as_deref(),
            Command::Affected(args) => args.config.as_deref(),
            Command::Smoke(args) => args.common.config.as_deref(),
            Command::Lock(args) => args.common.config.as_deref(),
            Command::Compare(args) => args.common.config.as_deref(),
            Command::Inspect(args) => args.config.as_deref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use clap::Parser as _;

    #[test]
    fn words_of_other_tools_are_answered_and_are_no_options_here() {
        let build = Cli::command().find_subcommand("build").unwrap().clone();
        let own: Vec<String> =
            build.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
        for (words, answer) in OTHERS {
            for word in words {
                let error = Cli::try_parse_from(["fourply", "build", "auth", word]).unwrap_err();
                let text = usage(error).to_string();
                assert!(text.contains(answer) && text.matches("tip:").count() == 1, "{word}: {text}");
            }
            // What it names instead is there.
            for word in answer.split([' ', ';', ',', ':']).filter(|word| word.starts_with("--")) {
                assert!(own.iter().any(|own| own == word), "{word}");
            }
        }
    }

    #[test]
    fn values_that_may_be_secret_do_not_show() {
        use clap::Parser as _;
        let cases = [
            ["--secret", "Swordfish"],
            ["--secret", "id=A,Swordfish"],
            ["--build-arg", "1a=Swordfish"],
            ["--build-arg", "a b Swordfish"],
            ["-o", "type=registry,name=u:Swordfish@h/x"],
        ];
        for case in cases {
            let read = Cli::try_parse_from(["fourply", "build", "a"].into_iter().chain(case));
            let said = read.map(drop).map_err(|error| usage(error).to_string()).unwrap_err();
            assert!(said.contains("invalid value") && !said.contains("Swordfish"), "{said}");
        }
    }

    #[test]
    fn the_configuration_has_its_own_name_in_messages() {
        let text = "cannot use /w/my-fourply.toml: fourply.toml is not valid (fourply.toml)".to_owned();
        let said = named(text.clone(), Some(Path::new("/w/other.toml")));
        assert_eq!(said, "cannot use /w/my-fourply.toml: other.toml is not valid (other.toml)");
        assert_eq!(named(text.clone(), None), text);
        assert_eq!(named(text.clone(), Some(Path::new("a/fourply.toml"))), text);
    }
}
