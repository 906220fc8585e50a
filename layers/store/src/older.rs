//! Migration from an older store version. In: the older version's folder, next to this one's. Out: content that can be
//! verified (package archives, blobs and pieces of layers) is in this version's folder. The rest is removed in parallel
//! to the build, and is built again. A store that a build of the older version uses is left unchanged.

use std::fs::File;
use std::path::Path;
use std::thread::{JoinHandle, spawn};

use crate::uses::lock_file;
use crate::{Result, remove_tree};

/// The previous version. Its records and pointers had no checksums.
const OLDER: &str = "v1";

/// Kinds that are named by the hash of their bytes or have a checksum.
const KEPT: [&str; 5] = ["blobs", "documents", "fragments", "packs", "tarballs"];

/// Moves content of the older version in `folder` into `root`. The rest may be gigabytes of small files, so a thread
/// removes it. If the process ends earlier, the remainder is in `tmp/`, which is cleaned up.
pub(crate) fn take_over(folder: &Path, root: &Path) -> Result<Option<JoinHandle<()>>> {
    let older = folder.join(OLDER);
    if !older.is_dir() {
        return Ok(None);
    }
    let Some(_lock) = alone(&older) else { return Ok(None) };
    for kind in KEPT {
        let (from, to) = (older.join(kind), root.join(kind));
        if from.is_dir() && !to.exists() {
            fs_err::rename(from, to)?;
        }
    }
    let doomed = tempfile::TempDir::new_in(root.join("tmp"))?;
    fs_err::rename(&older, doomed.path().join(OLDER))?;
    Ok(Some(spawn(move || {
        let _ = remove_tree(&doomed.path().join(OLDER));
    })))
}

/// The exclusive lock of the older store, if nobody uses it.
fn alone(older: &Path) -> Option<File> {
    let lock = lock_file(older, "in-use").ok()?;
    lock.try_lock().ok().map(|()| lock)
}

#[cfg(test)]
mod tests;
