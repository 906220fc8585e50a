//! The node_modules of a kept build folder, and whether they are still what was installed.
//!
//! Packages are put on disk by links into the store's unfolded copies. A script may write into node_modules: caches, generated clients. The
//! next build must not see that, so a list of what was installed (kind, mode, size, time and inode of each entry) is kept and compared
//! before and after each build: what was added is removed; where something was changed, the install is thrown away, and so are the
//! unfolded copies, which the change may have reached over a link.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use fourply_blob::Key;
use fourply_modules::{Tree, materialise};
use fourply_store::Store;

use crate::sources::relative;
use crate::{Result, atomic};

/// Entry → what it was, as a line of text each. Folders have neither size nor time: those change with what is in them.
type Listing = BTreeMap<String, String>;

/// Whether the node_modules below `root` are what `list` says, once what was added is removed.
///
/// # Errors
/// A folder that cannot be read, or an addition that cannot be removed.
pub(crate) fn restore(root: &Path, list: &Path, modules: &BTreeSet<String>) -> Result<bool> {
    let Some(expected) = read_list(list) else { return Ok(false) };
    let found = listing(root, modules)?;
    if expected.iter().any(|(path, line)| found.get(path) != Some(line)) {
        return Ok(false);
    }
    // The topmost additions: what lies in them goes with them.
    for path in found.keys().filter(|path| !expected.contains_key(*path)) {
        let full = root.join(path);
        match std::fs::symlink_metadata(&full) {
            Ok(metadata) if metadata.is_dir() => fs_err::remove_dir_all(&full)?,
            Ok(_) => fs_err::remove_file(&full)?,
            Err(_) => {}
        }
    }
    Ok(true)
}

/// Whether the node_modules below `root` are what `list` says, with nothing added.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn is_untouched(root: &Path, list: &Path, modules: &BTreeSet<String>) -> Result<bool> {
    let (expected, found) = (read_list(list), listing(root, modules)?);
    Ok(expected.is_some_and(|expected| found == expected))
}

/// Puts the tree on disk below `root` and writes `list`, last: a list without its install cannot be.
///
/// # Errors
/// Where packs are missing or files cannot be written.
pub(crate) fn install(
    store: &Store,
    tree: &Tree,
    root: &Path,
    list: &Path,
    modules: &BTreeSet<String>,
) -> Result<()> {
    materialise(store, tree, root)?;
    write_list(list, &listing(root, modules)?)
}

fn write_list(list: &Path, listing: &Listing) -> Result<()> {
    let mut text = String::new();
    for (path, line) in listing {
        text.push_str(&format!("{line} {path}\n"));
    }
    let check = Key::of(text.as_bytes());
    text.push_str(&format!("{check}\n"));
    atomic::write(list, text.as_bytes(), 0o644)
}

/// Removes the store's unfolded copies of a tree's packages: the next install makes them anew from the packs.
pub(crate) fn forget_unfolded(store: &Store, tree: &Tree) {
    let packs: BTreeSet<Key> = tree.slots.iter().map(|slot| slot.pack).collect();
    for pack in packs {
        if let Ok(folder) = store.unfolded(&pack) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn read_list(list: &Path) -> Option<Listing> {
    parse(&std::fs::read_to_string(list).ok()?)
}

fn parse(text: &str) -> Option<Listing> {
    let (body, check) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = text.get(..body.len() + 1)?;
    if check != Key::of(body.as_bytes()).hex() {
        return None;
    }
    let entry = |line: &str| line.split_once(' ').map(|(line, path)| (path.to_owned(), line.to_owned()));
    body.lines().map(entry).collect()
}

fn listing(root: &Path, modules: &BTreeSet<String>) -> Result<Listing> {
    let mut listing = Listing::new();
    for folder in modules {
        let full = root.join(folder);
        if full.is_dir() {
            listing.insert(folder.clone(), "d".to_owned());
            list_folder(root, &full, &mut listing)?;
        }
    }
    Ok(listing)
}

fn list_folder(root: &Path, folder: &Path, listing: &mut Listing) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let full = entry.path();
        let path = relative(root, &full)?;
        if entry.file_type()?.is_dir() {
            listing.insert(path, "d".to_owned());
            list_folder(root, &full, listing)?;
        } else {
            let metadata = entry.metadata()?;
            let (mode, size, inode) = (metadata.mode(), metadata.size(), metadata.ino());
            let (seconds, rest) = (metadata.mtime(), metadata.mtime_nsec());
            listing.insert(path, format!("{mode:o}:{size}:{seconds}.{rest}:{inode}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
