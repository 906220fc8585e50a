//! Cleaning a store up: what was not used for long goes, and what was used longest ago where there is too much. In: times and sizes. Out: what
//! went and what is left.
//!
//! Anything may go: a build that finds nothing makes or fetches it again. While others use the store, what they use stays: whoever uses a file or a
//! folder has marked it since it opened the store, and whoever works in an install holds its lock.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::{Result, Store, remove_tree};
use fourply_input::open_file;

/// How many files go before others may mark theirs.
const BATCH: usize = 256;

/// Kinds of files, each `kind/ab/name`; records have kinds of their own below theirs.
pub(crate) const FILES: [&str; 7] =
    ["blobs/sha256", "derived", "documents", "fragments", "packs", "sources", "tarballs"];
pub(crate) const RECORDS: &str = "records";
/// Kinds of small files, each `kind/name`: what is remembered of a service of a workspace.
const NOTES: [&str; 2] = ["build/stat", "build/why"];
/// Kinds of folders.
pub(crate) const FOLDERS: [&str; 6] =
    ["build/installs", "build/roots", "build/tools", "twice", "unfolded", "unpacked"];

/// What is to go.
#[derive(Debug, Clone, Copy)]
pub struct PruneRequest {
    /// What was not used since.
    pub unused_since: Option<SystemTime>,
    /// Of the rest, what was used longest ago, until no more than so many bytes are left.
    pub keep: Option<u64>,
    /// The time now.
    pub now: SystemTime,
    /// Only tell what would go.
    pub pretend: bool,
}

/// So much of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Files, and folders with all that is in them.
    pub count: u64,
    /// Their bytes. What has another name outside of the store is counted all the same.
    pub bytes: u64,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// What went, by kind.
    pub gone: BTreeMap<&'static str, Pruned>,
    /// What is left of all kinds.
    pub left: Pruned,
    /// Others use these, so they stayed, although they would have gone.
    pub spared: Pruned,
}

/// One thing that may go.
pub(crate) struct Thing {
    pub kind: &'static str,
    pub path: PathBuf,
    pub used: SystemTime,
    pub bytes: u64,
    folder: bool,
}

impl Store {
    /// Removes what the request names.
    ///
    /// # Errors
    /// A folder that cannot be read, something that cannot be removed. What went until then is gone; the store is whole in any case.
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
            // Large folders take their time.
            for folder in doomed {
                remove_tree(folder.path())?;
            }
        }
        if exclusive && !request.pretend {
            self.empty_tmp()?;
        }
        Ok(report)
    }

    /// What is unfinished and has no writer any more.
    fn empty_tmp(&self) -> Result<()> {
        for entry in fs_err::read_dir(self.tmp())? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                // An image that was started has folders that nobody may enter.
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
    /// Whether it went; it stays if it was used since it was looked at. A folder is in one of `doomed` then.
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
        // Of an install, its build has the lock until it is done.
        let lock = open_file(&self.path.join("lock")).ok();
        if lock.as_ref().is_some_and(|lock| !exclusive && lock.try_lock().is_err()) {
            return Ok(false);
        }
        // Whoever comes later finds the whole of it or nothing.
        let folder = TempDir::new_in(store.tmp())?;
        fs_err::rename(&self.path, folder.path().join("it"))?;
        doomed.push(folder);
        Ok(true)
    }
}

/// How many of `things`, which are sorted by their last use, are to go.
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
    // A file of several names in the store is one.
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
                // A build writes its notes beside what it installed.
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
        // Another prune may have been faster.
        let Ok(found) = entry.metadata() else { continue };
        if found.is_file() {
            let (path, used, bytes) = (entry.path(), found.modified()?, own_bytes(&found, seen));
            things.push(Thing { kind, path, used, bytes, folder: false });
        }
    }
    Ok(())
}

/// The folders in a folder; none where there is no such folder.
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

/// Tells of every file below `folder` what it is, how deep it lies, and how many bytes it adds.
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

/// The size of a file, or 0 of one that was counted.
fn own_bytes(found: &Metadata, seen: &mut BTreeSet<(u64, u64)>) -> u64 {
    let new = found.nlink() < 2 || seen.insert((found.dev(), found.ino()));
    if new { found.len() } else { 0 }
}

#[cfg(test)]
mod tests;
