//! Files that appear whole or not at all.

use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::Result;

/// Writes `bytes` to `path` through a file of `tmp`, which lies on the same file system.
pub(crate) fn write(tmp: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = NamedTempFile::new_in(tmp)?;
    file.write_all(bytes)?;
    persist(file, path)
}

/// Gives a finished file its name. Another process may have been faster: then its file, with the same bytes, stays or goes.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let file = file.into_temp_path();
    fs_err::rename(&file, path)?;
    // The name is gone from `tmp`, so there is nothing left to remove on drop.
    let _ = file.keep();
    Ok(())
}
