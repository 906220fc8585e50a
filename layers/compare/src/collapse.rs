//! Paths → the fewest entries that match exactly these paths. In: the wanted paths, all existing paths. Out: files and
//! folders; a folder replaces its files only if all of them are wanted.

use std::collections::{BTreeMap, BTreeSet};

/// The entries, each with the number of paths that it covers. `may` decides whether a folder is allowed as an entry.
pub(crate) fn collapse(
    meant: &BTreeSet<String>,
    all: &BTreeSet<String>,
    may: &dyn Fn(&str) -> bool,
) -> BTreeMap<String, usize> {
    let (meant_below, all_below) = (below(meant), below(all));
    let whole = |folder: &str| {
        let count = meant_below.get(folder).copied().unwrap_or_default();
        may(folder) && count >= all_below.get(folder).copied().unwrap_or_default()
    };
    let mut entries = BTreeMap::new();
    for path in meant {
        // The outermost folder whose files are all wanted.
        let folder = folders(path).find(|folder| whole(folder));
        *entries.entry(folder.unwrap_or(path).to_owned()).or_default() += 1;
    }
    entries
}

fn below(paths: &BTreeSet<String>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for folder in paths.iter().flat_map(|path| folders(path)) {
        *counts.entry(folder).or_default() += 1;
    }
    counts
}

/// The folders around a path, the outermost first.
pub(crate) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

#[cfg(test)]
mod tests;
