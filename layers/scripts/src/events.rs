//! The scripts of a workspace package that an install runs, by pnpm's rules. In: package.json files. Out: events and
//! commands.

use fourply_pnpm::Manifest;

/// The scripts of a workspace package that pnpm runs during an install, in order: `runLifecycleHooksConcurrently` in
/// its `installDeps`. The build may depend on `prepare`, for example if it sets up a compiler plugin.
pub(crate) const INSTALL_EVENTS: [&str; 6] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];

/// The scripts of a workspace package that an install runs.
pub fn install_events(manifest: &Manifest) -> impl Iterator<Item = (&'static str, &String)> {
    let events = INSTALL_EVENTS.into_iter().filter_map(|event| Some((event, manifest.scripts.get(event)?)));
    events.filter(|(_, command)| *command != ONLY_ALLOW && !sets_up_git(command))
}

/// Programs that set up git hooks. A build folder is not a git repository, and some of them fail there.
const GIT_HOOKS: [&str; 3] = ["husky", "lefthook", "simple-git-hooks"];
/// Commands that accompany them.
const BESIDE_THEM: [&str; 5] = ["cd", "is-ci", "exit", "true", ":"];

/// Whether a script only sets up git hooks: `husky`, `cd ../.. && husky install`, `is-ci || lefthook install`.
fn sets_up_git(command: &str) -> bool {
    let parts = command.split(['&', '|', ';']).map(str::trim).filter(|part| !part.is_empty());
    let starts = |part: &str, names: &[&str]| {
        let rest = |name: &&str| part.strip_prefix(*name);
        names.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let mut found = false;
    for part in parts {
        if starts(part, &GIT_HOOKS) {
            found = true;
        } else if !starts(part, &BESIDE_THEM) {
            return false;
        }
    }
    found
}

/// A check that pnpm does the install, which is always true here. pnpm itself skips this script.
pub const ONLY_ALLOW: &str = "npx only-allow pnpm";

#[cfg(test)]
mod tests;
