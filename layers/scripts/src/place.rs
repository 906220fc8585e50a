//! Folders that one build at a time works in, by any process of this machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::Result;

/// Makes a folder if need be, and waits until nobody else has it: its path without links, and the lock, which is held as long as the file lives.
///
/// # Errors
/// Where it cannot be made or locked.
pub fn take(folder: &Path) -> Result<(PathBuf, File)> {
    fs_err::create_dir_all(folder)?;
    let folder = fs_err::canonicalize(folder)?;
    let path = folder.join("lock");
    let lock = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?.into_file();
    lock.lock()?;
    Ok((folder, lock))
}

/// Makes a folder, or empties it.
///
/// # Errors
/// Where it cannot be made, or something in it cannot be removed.
pub fn empty(folder: &Path) -> Result<()> {
    remove(folder)?;
    Ok(fs_err::create_dir_all(folder)?)
}

/// Makes a folder, unless it is there: a link to one that is gone is not.
///
/// # Errors
/// Where it cannot be made.
pub fn make(folder: &Path) -> Result<()> {
    if folder.is_symlink() && !folder.exists() {
        fs_err::remove_file(folder)?;
    }
    Ok(fs_err::create_dir_all(folder)?)
}

/// Removes a folder if it is there, or the link to it and the folder that it leads to: scripts that run in a root by `chroot` have theirs in it.
///
/// # Errors
/// Where something of it cannot be removed.
pub fn remove(folder: &Path) -> Result<()> {
    if let Ok(target) = std::fs::read_link(folder) {
        if target.is_dir() {
            fs_err::remove_dir_all(target)?;
        }
        return Ok(fs_err::remove_file(folder)?);
    }
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(())
}
