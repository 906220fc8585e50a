//! The base's files below the workspace's path. In: the base's metadata, the path, configured folders there. Out: the
//! paths that an image hides, and the entries of a layer that hides them. No file is read.
//!
//! The path belongs to the layers above. Code that asks for a missing file could otherwise find the base's, such as
//! node_modules of another build.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{EntriesFragment, Entry, LayerPath, Meta};
use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::error::Result;

/// The topmost paths below `place`, a path without a leading slash, that are not in a `kept` folder and not its
/// parents.
pub fn hidden(rootfs: &RootfsMetadata, place: &str, kept: &[&str]) -> BTreeSet<String> {
    let kept: Vec<&str> =
        kept.iter().map(|path| path.trim_matches('/')).filter(|path| *path != place).collect();
    let below = format!("{place}/");
    let mut found: BTreeSet<String> = BTreeSet::new();
    let entries = rootfs.entries.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
    for (path, entry) in entries {
        let stays = kept.iter().any(|kept| is_in(path, kept));
        let leads = entry.kind == TreeKind::Directory && kept.iter().any(|kept| is_in(kept, path));
        if !stays && !leads && !is_hidden(&found, path) {
            found.insert(path.clone());
        }
    }
    found
}

/// Whether a path is one of these or in one.
pub fn is_hidden(hidden: &BTreeSet<String>, path: &str) -> bool {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).chain([path]);
    above.any(|path| hidden.contains(path))
}

/// The entries that hide these paths. The folders above have the base's metadata, and the workspace's folder the given
/// one.
///
/// # Errors
/// If a layer cannot have a path.
pub fn without(
    rootfs: &RootfsMetadata,
    (place, of_place): (&str, &Meta),
    hidden: &BTreeSet<String>,
) -> Result<EntriesFragment> {
    let mut entries = BTreeMap::new();
    for path in hidden {
        let path = LayerPath::new(path.as_str())?;
        for (parent, meta) in rootfs.parents(&path) {
            let meta = if parent.as_str() == place { of_place.clone() } else { meta };
            entries.entry(parent).or_insert(Entry::Directory(meta));
        }
        entries.insert(path, Entry::Whiteout);
    }
    Ok(EntriesFragment::new(entries))
}

/// Whether a path is this one or in it.
fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
