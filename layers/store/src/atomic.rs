//! Files that appear whole or not at all. In: bytes, or a finished file, and a place in the store. Out: the file, whatever lay there before.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use tempfile::NamedTempFile;

use crate::{Result, Store};

impl Store {
    /// Writes `bytes` to `path` through a file of `tmp/`, which lies on the same file system.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let mut file = NamedTempFile::new_in(self.tmp())?;
        file.write_all(bytes)?;
        self.persist(file, path)
    }

    /// Gives a finished file its name. Another process may have been faster: then its file, with the same bytes, stays or goes.
    pub(crate) fn persist(&self, file: NamedTempFile, path: &Path) -> Result<()> {
        let file = file.into_temp_path();
        self.place(&file, path)?;
        // The name is gone from `tmp`, so there is nothing left to remove on drop.
        let _ = file.keep();
        Ok(())
    }

    /// The same for a file of `tmp/` that has a name there.
    pub(crate) fn place(&self, file: &Path, path: &Path) -> Result<()> {
        self.make_way(path);
        let size = std::fs::metadata(file).map_or(0, |found| found.len());
        self.written().fetch_add(size, Ordering::Relaxed);
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        Ok(fs_err::rename(file, path)?)
    }
}
