//! Patterns of the configuration that match nothing. In: `[build] inputs`, `[prune]`, the workspace. Out: a sentence for each: a typo there changes images in silence.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fourply_pnpm::Workspace;
use globset::GlobBuilder;

use crate::nearest::nearest;
use crate::settings::{Settings, WorkspaceSettings};

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

/// Entries of `files` that are not there, beside a name that is nearly theirs: a build may make them, but it is hardly meant to.
pub(super) fn misspelt_files(settings: &Settings) -> impl Iterator<Item = String> + '_ {
    let WorkspaceSettings { root, service, .. } = &settings.workspace;
    settings.build.selection.files.iter().filter_map(move |entry| {
        let (folder, inside) = match entry.from.strip_prefix('/') {
            Some(inside) => (root.clone(), inside),
            None => (root.join(service), entry.from.as_str()),
        };
        if let Some(own) = own(&folder, service, inside).filter(|_| !entry.from.starts_with('/')) {
            return Some(format!(
                "files of {service} in fourply.toml has {:?}, which is relative to the service's folder and not there: did you mean {own:?}?",
                entry.from
            ));
        }
        let near = beside(&folder, inside)?;
        let near = entry.from.strip_suffix(inside).map_or_else(|| near.clone(), |slash| format!("{slash}{near}"));
        Some(format!(
            "files of {service} in fourply.toml has {:?}, which is not there: did you mean {near:?}? Unless the build makes it, it fails",
            entry.from
        ))
    })
}

/// What is there once the service's own folder is taken from the front of a path.
fn own<'p>(folder: &Path, service: &str, path: &'p str) -> Option<&'p str> {
    let own = path.strip_prefix(service)?.strip_prefix('/').filter(|own| !own.is_empty())?;
    (folder.join(own).exists() && !folder.join(path).exists()).then_some(own)
}

/// A path that is there, and of which one part is nearly that of a path that is not.
fn beside(folder: &Path, path: &str) -> Option<String> {
    let mut before = PathBuf::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part.contains(['*', '?', '[', '{']) {
            return None;
        }
        if folder.join(&before).join(part).symlink_metadata().is_err() {
            let entries = std::fs::read_dir(folder.join(&before)).into_iter().flatten().flatten();
            let names: Vec<String> =
                entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
            let near = nearest(part, &names.iter().map(String::as_str).collect())?;
            let rest = path.split_once(part).map(|(_, rest)| rest).unwrap_or_default();
            let near = before.join(near).join(rest.trim_start_matches('/'));
            let found =
                folder.join(&near).exists().then(|| near.to_string_lossy().trim_end_matches('/').to_owned());
            return found;
        }
        before.push(part);
    }
    None
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
    fn a_path_that_is_nearly_there_is_known() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("src/views/mail")).unwrap();
        for (path, expected) in [
            ("src/view", Some("src/views")),
            ("./src/views/mial", Some("src/views/mail")),
            ("scr/views/mail", Some("src/views/mail")),
            ("src/views", None),
            ("src/generated", None),
            ("src/view/absent", None),
            ("src/*", None),
        ] {
            assert_eq!(beside(folder.path(), path).as_deref(), expected, "{path}");
        }
        let own = |path| own(folder.path(), "services/mail", path);
        assert_eq!(own("services/mail/src/views"), Some("src/views"));
        assert_eq!(own("services/mail/other"), None);
        assert_eq!(own("services/mailer/src"), None);
    }

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
