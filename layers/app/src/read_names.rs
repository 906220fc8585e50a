//! Variables that a build reads. In: its sources, and names. Out: the names that a build reads, and the names that
//! nothing reads although a similar name is read. It affects no key.
//!
//! A build reads variables in tool configuration, in package.json, in shell scripts and in programs of a folder
//! `scripts`. A framework that renders pages during the build may run any of its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::hash::HashedSource;
use crate::source_texts::SourceTexts;

/// Packages that run sources during the build, by their names in package.json.
const RENDERERS: [&str; 7] = [
    "\"next\"",
    "\"nuxt\"",
    "\"astro\"",
    "\"gatsby\"",
    "\"@sveltejs/kit\"",
    "\"@remix-run/dev\"",
    "\"vitepress\"",
];
const CODE: [&str; 12] =
    [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro", ".sh"];
/// Shorter names are too similar to others.
const SHORTEST: usize = 4;

/// The names that a build reads.
pub(crate) fn read_by_builds<'n>(
    root: &Path,
    sources: &[HashedSource],
    names: &BTreeSet<&'n str>,
) -> BTreeSet<&'n str> {
    if names.is_empty() {
        return BTreeSet::new();
    }
    let texts = texts(root, sources);
    let renders = texts.iter().any(|(path, text)| {
        path.ends_with("package.json") && RENDERERS.iter().any(|name| text.contains(name))
    });
    let counts = |path: &str| renders || is_of_builds(path);
    let read = |name: &&&str| texts.iter().any(|(path, text)| counts(path) && mentions(text, name));
    names.iter().filter(read).copied().collect()
}

/// Names with a value that nothing reads, each with the similar name without a value that is declared or read by
/// sources.
pub(crate) fn misspelt(
    root: &Path,
    sources: &[HashedSource],
    given: &BTreeSet<&str>,
    declared: &BTreeSet<&str>,
) -> BTreeMap<String, String> {
    let texts = texts(root, sources);
    let mut known: BTreeSet<&str> = texts.values().flat_map(|text| names(text)).collect();
    known.extend(declared);
    let unread = |name: &&&str| {
        name.len() >= SHORTEST
            && !known.contains(**name)
            && !texts.iter().any(|(_, text)| mentions(text, name))
    };
    let near = |name: &str| {
        let free = known.iter().filter(|other| !given.contains(**other) && other.len() >= SHORTEST);
        let scored = free.map(|other| (strsim::osa_distance(other, name), *other));
        let (distance, near) = scored.min()?;
        (distance <= if name.len() < 8 { 1 } else { 2 }).then(|| near.to_owned())
    };
    given.iter().filter(unread).filter_map(|name| Some(((*name).to_owned(), near(name)?))).collect()
}

/// Whether any build reads or runs this file, whatever its framework.
fn is_of_builds(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_scripts = path.split('/').rev().skip(1).any(|folder| folder == "scripts");
    name == "package.json" || name.contains(".config.") || name.ends_with(".sh") || in_scripts
}

/// The text of each source that may read variables, by its path. Unreadable files are reported by the build.
fn texts(root: &Path, sources: &[HashedSource]) -> BTreeMap<String, String> {
    let mut reader = SourceTexts::new(root);
    let mut texts = BTreeMap::new();
    for HashedSource { source, .. } in sources {
        let is_code =
            CODE.iter().any(|end| source.path.ends_with(end)) || source.path.ends_with("package.json");
        if let Some(text) = is_code.then(|| reader.read(source)).flatten() {
            texts.insert(source.path.clone(), text);
        }
    }
    texts
}

/// The names that a text reads from its environment.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let parts =
        ["process.env.", "import.meta.env."].into_iter().flat_map(|object| text.split(object).skip(1));
    parts.map(|rest| rest.split(|letter: char| !is_of_name(letter)).next().unwrap_or_default())
}

/// Whether a text contains a name as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_of_name) && !after.is_some_and(is_of_name)
    })
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests;
