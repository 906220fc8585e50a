//! Files that a script which failed could not see.

use std::collections::BTreeSet;

use fourply_app::{GitIgnored, LeftOut, ScriptFailure};
use fourply_pnpm::ImporterId;

use crate::cli::hints::service_key::section;

/// How many files a hint names.
const SHOWN: usize = 12;

/// What the log names and the script could not see.
pub(super) fn named(failure: &ScriptFailure) -> Option<String> {
    let left_out = &failure.left_out;
    let named = |paths: &BTreeSet<String>| -> Vec<String> {
        paths.iter().filter(|path| names(&failure.log, path)).cloned().collect()
    };
    if let Some(hint) = git_ignored(failure) {
        return Some(hint);
    }
    let (root, docker_ignored) = (named(&left_out.root), named(&left_out.docker_ignored));
    if !docker_ignored.is_empty() {
        return Some(format!(
            "the script could not see {}, which .dockerignore excludes: if it needs that, add a line with ! and the path to .dockerignore",
            shown(&docker_ignored)
        ));
    }
    (!root.is_empty()).then(|| {
        format!(
            "the script could not see {}: files outside of packages are no inputs unless builds are known to read them. If it needs that, set [build] {}",
            shown(&root),
            line(left_out, &root)
        )
    })
}

/// Files of packages that .gitignore excludes; a commit may have them all the same.
fn git_ignored(failure: &ScriptFailure) -> Option<String> {
    let first = failure.git_ignored.first()?;
    let each = failure.git_ignored.iter();
    let excluded: Vec<String> =
        each.map(|one| format!("{} ({}:{}: {})", one.path, one.file, one.line, one.pattern)).collect();
    let (folder, name) = first.path.rsplit_once('/').unwrap_or(("", first.path.as_str()));
    // A line that names the file leaves the others of its folder.
    let alone = folder.is_empty() || first.pattern.rsplit('/').next() == Some(name);
    let input = if alone { first.path.clone() } else { format!("{folder}/") };
    Some(format!(
        "the script could not see {}: what .gitignore excludes is no input, committed or not. If it needs that, set [build] {}, or add a line with ! \
         to that file; if a script makes it, name that in [build] script",
        shown(&excluded),
        line(&failure.left_out, &[input]),
    ))
}

/// A file that code of the image needs and an ignore file keeps from builds. npm's rules, by which a package goes into images, follow .gitignore as well.
pub(in crate::cli::hints) fn excluded(one: &GitIgnored, service: &ImporterId) -> String {
    let GitIgnored { path, file, line, pattern } = one;
    let own = service.is_root() || path.starts_with(&format!("{service}/"));
    let files = match own {
        true => String::new(),
        false => format!(", and take it along with {} files = [\"/{path}\"]", section(service)),
    };
    let inputs = match file.ends_with(".gitignore") {
        true => format!(
            "; or name {path} in [build] inputs, beside what of the root builds read (docs/inputs.md){files}"
        ),
        false => String::new(),
    };
    format!(
        "{path} lies in the workspace, and no build has it, as {file}:{line} ({pattern}) excludes it: change that line, or add one with ! after it{inputs}; if a script makes it, \
         name that in [build] script"
    )
}

/// What of the root is not there for the script, though its log does not name it.
pub(super) fn left_out(failure: &ScriptFailure) -> Option<String> {
    let left_out = &failure.left_out;
    let mut all: Vec<String> = left_out.root.iter().cloned().collect();
    all.sort_by_key(|path| (is_for_people(path), path.clone()));
    let first = all.first()?;
    Some(match is_for_people(first) {
        true => format!(
            "if the script reads a file outside of packages, name it in [build] inputs; it could not see {}",
            shown(&all)
        ),
        false => format!(
            "if the script reads a file outside of packages, set for example [build] {}; it could not see {}",
            line(left_out, std::slice::from_ref(first)),
            shown(&all)
        ),
    })
}

/// The setting with what counts now and these paths besides.
fn line(left_out: &LeftOut, paths: &[String]) -> String {
    let glob = |path: &String| match path.strip_suffix('/') {
        Some(folder) => format!("{folder}/**"),
        None => path.clone(),
    };
    let globs: Vec<String> =
        left_out.counting.iter().cloned().chain(paths.iter().take(SHOWN).map(glob)).collect();
    format!("inputs = {globs:?}")
}

fn shown(paths: &[String]) -> String {
    let mut text = paths.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if paths.len() > SHOWN {
        text.push_str(&format!(" and {} more", paths.len() - SHOWN));
    }
    text
}

/// Whether a log names this path as a path.
fn names(log: &str, path: &str) -> bool {
    let folder = path.trim_end_matches('/');
    let letter = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    log.match_indices(folder).any(|(at, _)| {
        let before = log.get(..at).and_then(|text| text.chars().next_back());
        let after = log.get(at + folder.len()..).and_then(|text| text.chars().next());
        let begins = before.is_none_or(|c| !letter(c));
        match path.ends_with('/') {
            // The name of a folder is often a word: it has to be part of a path.
            true => begins && (after == Some('/') || (before == Some('/') && !after.is_some_and(letter))),
            false => begins && !after.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_'),
        }
    })
}

/// What no build reads, most likely: documents, archives, logs.
fn is_for_people(path: &str) -> bool {
    let upper = path.to_ascii_uppercase();
    let documents =
        ["README", "LICEN", "CHANGELOG", "CONTRIBUTING", "CODE_OF_CONDUCT", "SECURITY", "DOCS/", "FOURPLY."];
    let ends = [".MD", ".TAR", ".LOG", ".ZIP"].iter().any(|end| upper.ends_with(end));
    path.starts_with('.') || ends || documents.iter().any(|name| upper.starts_with(name))
}

#[cfg(test)]
mod tests;
