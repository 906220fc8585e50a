//! Cleanup of a store: removes content that was not used for long, and the least recently used content if the store is
//! too large. In: times and sizes. Out: counts of removed and remaining content.
//!
//! Anything may be removed: a build that misses something builds or fetches it again. While other processes use the
//! store, their content stays. A process marks a file or folder that it uses after it opened the store, and a process
//! that works in an install holds its lock.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::{Result, Store, remove_tree};
use fourply_input::open_file;

/// The number of files removed before other processes may mark theirs.
const BATCH: usize = 256;

/// Kinds of files, each `kind/ab/name`; records have their own kinds below theirs.
pub(crate) const FILES: [&str; 7] =
    ["blobs/sha256", "derived", "documents", "fragments", "packs", "sources", "tarballs"];
pub(crate) const RECORDS: &str = "records";
/// Kinds of small files, each `kind/name`: notes about a service of a workspace.
const NOTES: [&str; 2] = ["build/stat", "build/why"];
/// Kinds of folders.
pub(crate) const FOLDERS: [&str; 6] =
    ["build/installs", "build/roots", "build/tools", "twice", "unfolded", "unpacked"];

/// What to remove.
#[derive(Debug, Clone, Copy)]
pub struct PruneRequest {
    /// Remove content not used since this time.
    pub unused_since: Option<SystemTime>,
    /// Then remove the least recently used content until at most this many bytes are left.
    pub keep: Option<u64>,
    /// The current time.
    pub now: SystemTime,
    /// Only report what would be removed.
    pub pretend: bool,
}

/// A count and a size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of files, and of folders with their content.
    pub count: u64,
    /// Their size in bytes. Content with another name outside the store is counted too.
    pub bytes: u64,
}

/// The result of a cleanup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// The removed content, by kind.
    pub gone: BTreeMap<&'static str, Pruned>,
    /// The remaining content of all kinds.
    pub left: Pruned,
    /// Content that would have been removed, but that other processes use.
    pub spared: Pruned,
}

/// A removable file or folder.
pub(crate) struct Thing {
    pub kind: &'static str,
    pub path: PathBuf,
    pub used: SystemTime,
    pub bytes: u64,
    folder: bool,
}

impl Store {
    /// Removes the content that the request selects.
    ///
    /// # Errors
    /// If a folder cannot be read or something cannot be removed. Content removed before the error stays removed; the
    /// store is valid in any case.
    pub fn prune(&self, request: &PruneRequest) -> Result<PruneReport> {
        let exclusive = self.uses().exclusive()?;
        let done = self.prune_as(request, exclusive);
        if exclusive {
            self.uses().share()?;
        }
        done
    }

    fn prune_as(&self, request: &PruneRequest, exclusive: bool) -> Result<PruneReport> {
        let mut things = scan(self.root())?;
        things.sort_by(|one, other| (one.used, &one.path).cmp(&(other.used, &other.path)));
        let mut report = PruneReport::default();
        let chosen = choose(&things, request);
        let others_since = if exclusive { None } else { self.uses().others_since(self.root())? };
        let (going, staying) = things.split_at(chosen);
        let mut going = Vec::from_iter(going);
        staying.iter().for_each(|thing| report.left.add(thing.bytes));
        if let Some(since) = others_since {
            going.retain(|thing| {
                let free = thing.used < since;
                if !free {
                    report.spared.add(thing.bytes);
                    report.left.add(thing.bytes);
                }
                free
            });
        }
        for batch in going.chunks(BATCH) {
            let mut doomed = Vec::new();
            let still = self.uses().still()?;
            for thing in batch {
                let gone = request.pretend || thing.remove(self, exclusive, &mut doomed)?;
                let to = if gone { report.gone.entry(thing.kind).or_default() } else { &mut report.left };
                to.add(thing.bytes);
            }
            drop(still);
            // Removing large folders takes time.
            for folder in doomed {
                remove_tree(folder.path())?;
            }
        }
        if exclusive && !request.pretend {
            self.empty_tmp()?;
        }
        Ok(report)
    }

    /// Removes unfinished content whose writer has ended.
    fn empty_tmp(&self) -> Result<()> {
        for entry in fs_err::read_dir(self.tmp())? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                // An image that was started can have folders without access permissions.
                remove_tree(&entry.path())?;
            } else {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Pruned {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

impl Thing {
    /// Returns whether it was removed. It stays if it was used after it was measured. A removed folder is in one of
    /// `doomed`.
    fn remove(&self, store: &Store, exclusive: bool, doomed: &mut Vec<TempDir>) -> Result<bool> {
        let used = match fs_err::symlink_metadata(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
            found => found?.modified()?,
        };
        if !exclusive && used > self.used {
            return Ok(false);
        }
        if !self.folder {
            fs_err::remove_file(&self.path)?;
            return Ok(true);
        }
        // The build of an install holds this lock until it is done.
        let lock = open_file(&self.path.join("lock")).ok();
        if lock.as_ref().is_some_and(|lock| !exclusive && lock.try_lock().is_err()) {
            return Ok(false);
        }
        // A later reader finds the complete folder or nothing.
        let folder = TempDir::new_in(store.tmp())?;
        fs_err::rename(&self.path, folder.path().join("it"))?;
        doomed.push(folder);
        Ok(true)
    }
}

/// How many of `things`, which are sorted by their last use, to remove.
fn choose(things: &[Thing], request: &PruneRequest) -> usize {
    let old = request.unused_since.map_or(0, |since| things.partition_point(|thing| thing.used < since));
    let Some(keep) = request.keep else { return old };
    let mut left: u64 = things.iter().map(|thing| thing.bytes).sum();
    let enough = things.iter().position(|thing| {
        let fits = left <= keep;
        left -= thing.bytes;
        fits
    });
    old.max(enough.unwrap_or(things.len()))
}

pub(crate) fn scan(root: &Path) -> Result<Vec<Thing>> {
    let mut things = Vec::new();
    // A file with several names in the store is counted once.
    let mut seen = BTreeSet::new();
    for kind in FILES {
        scan_files(&root.join(kind), kind, &mut seen, &mut things)?;
    }
    for kind in folders(&root.join(RECORDS))? {
        scan_files(&kind, RECORDS, &mut seen, &mut things)?;
    }
    for kind in NOTES {
        let folder = root.join(kind);
        if folder.is_dir() {
            scan_folder(&folder, kind, &mut seen, &mut things)?;
        }
    }
    for kind in FOLDERS {
        for path in folders(&root.join(kind))? {
            let mut used = fs_err::symlink_metadata(&path)?.modified()?;
            let mut bytes = 0;
            measure(&path, 0, &mut seen, &mut |found, depth, own| {
                bytes += own;
                // A build writes its notes next to the install.
                if depth == 0
                    && let Ok(time) = found.modified()
                {
                    used = used.max(time);
                }
            })?;
            things.push(Thing { kind, path, used, bytes, folder: true });
        }
    }
    Ok(things)
}

fn scan_files(
    folder: &Path,
    kind: &'static str,
    seen: &mut BTreeSet<(u64, u64)>,
    things: &mut Vec<Thing>,
) -> Result<()> {
    for shard in folders(folder)? {
        scan_folder(&shard, kind, seen, things)?;
    }
    Ok(())
}

fn scan_folder(
    folder: &Path,
    kind: &'static str,
    seen: &mut BTreeSet<(u64, u64)>,
    things: &mut Vec<Thing>,
) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        // Another prune may have removed it.
        let Ok(found) = entry.metadata() else { continue };
        if found.is_file() {
            let (path, used, bytes) = (entry.path(), found.modified()?, own_bytes(&found, seen));
            things.push(Thing { kind, path, used, bytes, folder: false });
        }
    }
    Ok(())
}

/// The folders in a folder; empty if the folder does not exist.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Calls the function for every file below `folder`, with its type, its depth and the bytes that it adds.
fn measure(
    folder: &Path,
    depth: usize,
    seen: &mut BTreeSet<(u64, u64)>,
    tell: &mut dyn FnMut(&Metadata, usize, u64),
) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let Ok(found) = entry.metadata() else { continue };
        if found.is_dir() {
            measure(&entry.path(), depth + 1, seen, tell)?;
        } else {
            let bytes = own_bytes(&found, seen);
            tell(&found, depth, bytes);
        }
    }
    Ok(())
}

/// The size of a file; 0 for a file that was counted already.
fn own_bytes(found: &Metadata, seen: &mut BTreeSet<(u64, u64)>) -> u64 {
    let new = found.nlink() < 2 || seen.insert((found.dev(), found.ino()));
    if new { found.len() } else { 0 }
}

#[cfg(test)]
mod tests;
