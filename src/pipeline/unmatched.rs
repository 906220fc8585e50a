//! Patterns of the configuration that match nothing. In: `[build] inputs`, `[prune]`, the workspace. Out: a sentence for each: a typo there changes images in silence.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fourply_pnpm::Workspace;
use globset::GlobBuilder;

use crate::settings::Settings;

/// More folders than this are not looked at.
const MOST: usize = 10_000;

/// What patterns match nothing of those that are for all services.
pub(super) fn unmatched(settings: &Settings, workspace: &Workspace) -> Vec<String> {
    let keys = workspace.lockfile.packages.keys();
    let known: BTreeSet<&str> = keys.map(|key| package(key)).collect();
    let prune = settings.layers.prune.iter();
    let globs = prune.flat_map(|options| {
        options.keep.iter().map(|glob| ("keep", glob)).chain(options.drop.iter().map(|glob| ("drop", glob)))
    });
    let strange = globs.filter(|(_, glob)| names_none(glob, &known));
    strange
        .map(|(key, glob)| {
            format!(
                "[prune] {key} names {glob:?}, and the lockfile has no package of that name: it matches nothing"
            )
        })
        .collect()
}

/// What inputs of one service match nothing, its own or those for all.
pub(super) fn unmatched_inputs(settings: &Settings) -> impl Iterator<Item = String> + '_ {
    let (root, table) = (&settings.workspace.root, &settings.build.inputs_table);
    let inputs = settings.build.inputs.root.iter().flatten();
    let lost = inputs.filter(|pattern| !matches(root, pattern));
    lost.map(move |pattern| {
        format!("{table} inputs names {pattern:?}, which matches no file of the workspace: scripts see nothing by it")
    })
}

/// `@scope/x` of `@scope/x@1.0.0`.
fn package(key: &str) -> &str {
    key.char_indices().skip(1).find(|(_, c)| *c == '@').and_then(|(at, _)| key.get(..at)).unwrap_or(key)
}

/// Whether a glob begins with the name of a package that is not there.
fn names_none(glob: &str, known: &BTreeSet<&str>) -> bool {
    let parts = if glob.starts_with('@') { 2 } else { 1 };
    let name = glob.split('/').take(parts).collect::<Vec<_>>().join("/");
    let is_plain = !name.contains(['*', '?', '[', '{', '!']);
    is_plain && !known.contains(name.as_str())
}

/// Whether something is there that a pattern matches. What is below `**` counts as there if the folder before it is.
fn matches(root: &Path, pattern: &str) -> bool {
    if pattern.starts_with('!') {
        return true;
    }
    let mut found = vec![root.to_path_buf()];
    for part in pattern.trim_start_matches('/').split('/').filter(|part| !part.is_empty()) {
        if part == "**" || part.contains('{') || found.len() > MOST {
            break;
        }
        found = found.iter().flat_map(|folder| below(folder, part)).collect();
    }
    !found.is_empty()
}

fn below(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        return Some(folder.join(part)).filter(|path| path.exists()).into_iter().collect();
    }
    let Ok(glob) = GlobBuilder::new(part).build().map(|glob| glob.compile_matcher()) else {
        return vec![folder.to_path_buf()];
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| glob.is_match(entry.file_name())).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pattern_that_matches_nothing_is_told_from_one_that_may() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("tsconfig.base.json"), "").unwrap();
        fs_err::create_dir_all(folder.path().join("proto/v1")).unwrap();
        for (pattern, expected) in [
            ("tsconfig*.json", true),
            ("tsconfg*.json", false),
            ("proto/**", true),
            ("prto/**", false),
            ("proto/v*", true),
            ("proto/w*", false),
            ("**/*.proto", true),
            ("!x", true),
            ("/proto", true),
        ] {
            assert_eq!(matches(folder.path(), pattern), expected, "{pattern}");
        }
        let known = BTreeSet::from(["typescript", "@s/p"]);
        for (glob, none) in [
            ("typescript/**", false),
            ("typscript/**", true),
            ("@s/p/x", false),
            ("@s/q/x", true),
            ("**/*.md", false),
        ] {
            assert_eq!(names_none(glob, &known), none, "{glob}");
        }
    }
}
