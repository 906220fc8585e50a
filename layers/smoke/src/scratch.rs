//! A folder of the store for one start. In: a store. Out: an empty folder, which is removed with this value. Folders of
//! killed programs are removed by the next start.

use std::fs::File;
use std::path::{Path, PathBuf};

use fourply_store::{Store, remove_tree};

use crate::error::Result;

const PREFIX: &str = "smoke-";
/// Locked while the folder is in use.
const LOCK: &str = "lock";

pub(crate) struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new(store: &Store) -> Result<Scratch> {
        sweep(store)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(store.tmp())?;
        // It is locked before it gets its name, so that a folder without a lock never counts as abandoned.
        let lock = tempfile::NamedTempFile::new_in(folder.path())?;
        lock.as_file().lock()?;
        let lock = lock.persist(folder.path().join(LOCK)).map_err(|error| error.error)?;
        Ok(Scratch { folder: folder.keep(), _lock: lock })
    }

    /// The folder, which contains only its lock.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove_tree(&self.folder);
    }
}

/// Removes abandoned folders.
fn sweep(store: &Store) -> Result<()> {
    for entry in fs_err::read_dir(store.tmp())? {
        let path = entry?.path();
        let is_start = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if is_start && File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = remove_tree(&path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
