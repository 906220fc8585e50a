//! The store of an older version. In: the folder of that version beside this one's. Out: what proves itself of it, which is packages, blobs and
//! pieces of layers, lies in this version's folder; the rest is removed beside the build, and is made again. One that a build of that version uses is left
//! as it is.

use std::fs::File;
use std::path::Path;
use std::thread::{JoinHandle, spawn};

use crate::uses::lock_file;
use crate::{Result, remove_tree};

/// The version before this one: its records and pointers had no checksums.
const OLDER: &str = "v1";

/// What is named by the hash of its bytes, or has a checksum.
const KEPT: [&str; 5] = ["blobs", "documents", "fragments", "packs", "tarballs"];

/// Takes over what `folder` has of the older version into `root`. The rest may be gigabytes of small files: a thread removes it. What a process that ends
/// earlier leaves of it lies in `tmp/`, which is swept.
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

/// The lock of those who use the older store, if nobody does.
fn alone(older: &Path) -> Option<File> {
    let lock = lock_file(older, "in-use").ok()?;
    lock.try_lock().ok().map(|()| lock)
}

#[cfg(test)]
mod tests;
