//! What a base has at the place of the workspace. In: the base's metadata, the place, folders there that were asked for. Out: the paths that an
//! image leaves out, and the entries of a layer that does so. No file is read.
//!
//! The place belongs to the layers above: what a base left there, as node_modules of another build, would be found by code that asks for what
//! the image does not have.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{EntriesFragment, Entry, LayerPath, Meta};
use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::error::Result;

/// The topmost paths below `place`, a path without a slash at its start, that are neither in a `kept` folder nor lead to one.
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

/// Whether a path is one of these, or lies in one.
pub fn is_hidden(hidden: &BTreeSet<String>, path: &str) -> bool {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).chain([path]);
    above.any(|path| hidden.contains(path))
}

/// The entries that leave these paths out; the folders above have what the base has, and the place of the workspace what is said of it.
///
/// # Errors
/// A path that cannot stand in a layer.
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

/// Whether a path is this one, or lies in it.
fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
