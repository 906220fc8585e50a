//! The node_modules of a kept build folder, and whether they are still what was installed.
//!
//! Packages are put on disk by links into the store's unfolded copies. A script may write into node_modules: caches, generated clients. The
//! next build must not see that, so a list of what was installed (mode, size, time and inode of each entry) is kept and compared after
//! each build: what was added is removed; where something was changed, the install is thrown away, and so are the unfolded copies, which
//! the change may have reached over a link.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use fourply_blob::Key;
use fourply_modules::{Tree, materialise};
use fourply_store::Store;
use rayon::prelude::*;

use crate::{DistError, Result, atomic};

/// Entries, sorted by path.
type Listing = Vec<(String, Stamp)>;

/// What an entry was. Of folders nothing but that: size and time change with what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    Folder,
    File { mode: u32, size: u64, seconds: i64, nanoseconds: i64, inode: u64 },
}

/// Whether the node_modules below `root` are what `list` says, once what was added is removed.
///
/// # Errors
/// A folder that cannot be read, or an addition that cannot be removed.
pub(crate) fn restore(root: &Path, list: &Path, modules: &BTreeSet<String>) -> Result<bool> {
    let Some(expected) = read_list(list) else { return Ok(false) };
    let found = listing(root, modules)?;
    let Some(added) = additions(&expected, &found) else { return Ok(false) };
    for path in added {
        let full = root.join(path);
        // What lies in an added folder went with it.
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

/// Removes the store's unfolded copies of a tree's packages: the next install makes them anew from the packs.
pub(crate) fn forget_unfolded(store: &Store, tree: &Tree) {
    let packs: BTreeSet<Key> = tree.slots.iter().map(|slot| slot.pack).collect();
    for pack in packs {
        if let Ok(folder) = store.unfolded(&pack) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// The paths of `found` that are not in `expected`; nothing if anything of `expected` is gone or another.
fn additions<'a>(expected: &Listing, found: &'a Listing) -> Option<Vec<&'a str>> {
    let mut added = Vec::new();
    let mut rest = expected.iter();
    let mut next = rest.next();
    for (path, stamp) in found {
        match next.map(|(wanted, was)| (wanted.cmp(path), was)) {
            Some((Ordering::Less, _)) => return None,
            Some((Ordering::Equal, was)) if was != stamp => return None,
            Some((Ordering::Equal, _)) => next = rest.next(),
            Some((Ordering::Greater, _)) | None => added.push(path.as_str()),
        }
    }
    next.is_none().then_some(added)
}

/// `<mode> <size> <seconds> <nanoseconds> <inode> <path>` or `folder <path>` on each line, then the BLAKE3 of all that.
fn write_list(list: &Path, listing: &Listing) -> Result<()> {
    let mut text = String::new();
    for (path, stamp) in listing {
        match stamp {
            Stamp::Folder => text.push_str(&format!("folder {path}\n")),
            Stamp::File { mode, size, seconds, nanoseconds, inode } => {
                text.push_str(&format!("{mode} {size} {seconds} {nanoseconds} {inode} {path}\n"));
            }
        }
    }
    let check = Key::of(text.as_bytes());
    text.push_str(&format!("{check}\n"));
    atomic::write(list, text.as_bytes(), 0o644)
}

/// A list that is absent or damaged is none: the install is made anew.
fn read_list(list: &Path) -> Option<Listing> {
    let text = std::fs::read_to_string(list).ok()?;
    let (body, check) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = text.get(..body.len() + 1)?;
    if check != Key::of(body.as_bytes()).hex() {
        return None;
    }
    body.lines().map(entry).collect()
}

fn entry(line: &str) -> Option<(String, Stamp)> {
    if let Some(path) = line.strip_prefix("folder ") {
        return Some((path.to_owned(), Stamp::Folder));
    }
    let mut fields = line.splitn(6, ' ');
    let stamp = Stamp::File {
        mode: fields.next()?.parse().ok()?,
        size: fields.next()?.parse().ok()?,
        seconds: fields.next()?.parse().ok()?,
        nanoseconds: fields.next()?.parse().ok()?,
        inode: fields.next()?.parse().ok()?,
    };
    Some((fields.next()?.to_owned(), stamp))
}

fn listing(root: &Path, modules: &BTreeSet<String>) -> Result<Listing> {
    let there: Vec<&String> = modules.iter().filter(|folder| root.join(folder).is_dir()).collect();
    let parts = there.into_par_iter().map(|folder| list_folder(&root.join(folder), folder));
    let mut listing: Listing = parts.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    listing.par_sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(listing)
}

/// The folder itself, named `path`, and all that is in it.
fn list_folder(folder: &Path, path: &str) -> Result<Listing> {
    let mut entries = vec![(path.to_owned(), Stamp::Folder)];
    let mut folders = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| DistError::NotUtf8 { path: entry.path() })?;
        let path = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            folders.push((entry.path(), path));
            continue;
        }
        let metadata = entry.metadata()?;
        let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
        let stamp = Stamp::File {
            mode: metadata.mode(),
            size: metadata.size(),
            seconds,
            nanoseconds,
            inode: metadata.ino(),
        };
        entries.push((path, stamp));
    }
    let below = folders.into_par_iter().map(|(folder, path)| list_folder(&folder, &path));
    for part in below.collect::<Result<Vec<_>>>()? {
        entries.extend(part);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
