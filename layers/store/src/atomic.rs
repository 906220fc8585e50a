//! Atomic files. In: bytes, or a finished file, and a path in the store. Out: the file. It replaces an existing one.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use tempfile::NamedTempFile;

use crate::{Result, Store};

impl Store {
    /// Writes `bytes` to `path` through a file of `tmp/`, which is on the same file system.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let mut file = NamedTempFile::new_in(self.tmp())?;
        file.write_all(bytes)?;
        self.persist(file, path)
    }

    /// Moves a finished file to its path. Another process may have written the same bytes there first; then either file
    /// may remain.
    pub(crate) fn persist(&self, file: NamedTempFile, path: &Path) -> Result<()> {
        let file = file.into_temp_path();
        self.place(&file, path)?;
        // The name in `tmp` no longer exists, so nothing is left to remove on drop.
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
