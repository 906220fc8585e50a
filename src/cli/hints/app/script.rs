//! A script that failed: the first cause that its log speaks for.

use fourply_app::{ScriptFailure, Unresolved, UnresolvedKind};

use fourply_pnpm::ImporterId;

use super::inputs;
use crate::cli::hints::advice::{Advice, listed};
use crate::cli::hints::service_key::of_development;

/// What to do about it: files that its log names, packages that it names, files that it could not see.
pub(super) fn failed(failure: &ScriptFailure) -> Advice<'_> {
    let package = failure.unresolved.as_ref();
    let hint = inputs::named(failure)
        .or_else(|| package.map(|package| unresolved(failure, package)))
        .or_else(|| inputs::left_out(failure));
    hint.map_or(Advice::Nothing, Into::into)
}

fn unresolved(failure: &ScriptFailure, found: &Unresolved) -> String {
    let (name, package) = (&found.name, &failure.package);
    match &found.kind {
        UnresolvedKind::Undeclared { folder } => format!(
            "{package} loads {name} ({folder}), and its package.json does not name it: add {name:?}: \"workspace:*\" there, and run `pnpm install`"
        ),
        UnresolvedKind::OfRoot { folder } => format!(
            "only the root depends on {name}, so {folder} is not built before {package}: let the package.json of {package} depend on it, or set \
             [build] projects = [\"{folder}\"]"
        ),
        UnresolvedKind::Unbuilt { folder, script, available } if available.is_empty() => format!(
            "{folder} has no script {script:?}, so nothing was built in it: add the script to its package.json, or commit the file that is missed"
        ),
        UnresolvedKind::Unbuilt { folder, script, available } => format!(
            "{folder} has no script {script:?}, so nothing was built in it: its package.json has {}. Let a script {script:?} there call what makes {name}; \
             or, if all packages have such a one, name that in [build] script",
            listed(available)
        ),
        UnresolvedKind::Built { folder, script } => format!(
            "the script {script:?} of {folder} ran and left no such file: compare \"main\" and \"exports\" of its package.json with what it writes"
        ),
        UnresolvedKind::Package => format!(
            "the package.json of {package} does not name {name}: run `pnpm add {name}` in {package} (-D if only the build needs it)"
        ),
    }
}

/// Programs of a system's package of another name: Debian's, and Alpine's.
const OF_PACKAGES: [(&str, &str, &str); 12] = [
    ("sh", "dash", "busybox"),
    ("nice", "coreutils", "coreutils"),
    ("timeout", "coreutils", "coreutils"),
    ("nohup", "coreutils", "coreutils"),
    ("mkdir", "coreutils", "coreutils"),
    ("rm", "coreutils", "coreutils"),
    ("cp", "coreutils", "coreutils"),
    ("sleep", "coreutils", "coreutils"),
    ("cat", "coreutils", "coreutils"),
    ("env", "coreutils", "coreutils"),
    ("nc", "netcat-openbsd", "netcat-openbsd"),
    ("pg_isready", "postgresql-client", "postgresql-client"),
];
/// Programs that come with a system's package of their name.
const SYSTEM: [&str; 8] = ["bash", "curl", "wget", "git", "jq", "make", "python3", "redis-cli"];
/// Programs that start scripts of package.json.
const MANAGERS: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];

/// What to do about a start script's command that is not in the image.
pub(super) fn start_command(
    section: &str,
    command: &str,
    development: Option<&(ImporterId, String)>,
) -> String {
    if let Some((_, debian, alpine)) = OF_PACKAGES.iter().find(|(name, ..)| *name == command) {
        let packages = match debian == alpine {
            true => format!("{debian:?}"),
            false => format!("{debian:?} on Debian, {alpine:?} on Alpine"),
        };
        return format!(
            "add the package that has {command} to the packages of [base]: {packages}; or name the program itself: {section} cmd = [\"node\", \"dist/main.js\"]"
        );
    }
    if SYSTEM.contains(&command) {
        return format!(
            "add {command} to the packages of [base], or name the program itself: {section} cmd = [\"node\", \"dist/main.js\"]"
        );
    }
    if MANAGERS.contains(&command) {
        return format!(
            "name what that starts: {section} cmd = [\"node\", \"dist/main.js\"]; or take a base with {command}"
        );
    }
    let dependency = match development {
        Some((package, name)) => of_development(package, name),
        None => format!("add the package that has {command} to \"dependencies\" of its package.json"),
    };
    format!(
        "{dependency}; or let the build compile the service, and name the program: {section} cmd = [\"node\", \"dist/main.js\"]"
    )
}
