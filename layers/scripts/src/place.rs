//! Folders that one build at a time works in, by any process of this machine.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Event, Report, Result};

/// How long it waits without a word.
const IN_SILENCE: Duration = Duration::from_secs(1);

/// Makes a folder if need be, and waits until nobody else has it, which is told after a second: its path without links, and the lock, which is held as long as the file lives.
///
/// # Errors
/// Where it cannot be made or locked.
pub fn take(folder: &Path, report: &dyn Report) -> Result<(PathBuf, File)> {
    loop {
        if std::fs::symlink_metadata(folder).is_ok() && !folder.is_dir() {
            fs_err::remove_file(folder)?;
        }
        fs_err::create_dir_all(folder)?;
        let folder = fs_err::canonicalize(folder)?;
        let path = folder.join("lock");
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs_err::remove_dir_all(&path)?,
            Ok(found) if !found.is_file() => fs_err::remove_file(&path)?,
            _ => {}
        }
        let lock =
            fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?.into_file();
        wait(&lock, report)?;
        // The store may have been cleaned up while this waited: the lock is of a folder that went.
        let held = (lock.metadata()?.dev(), lock.metadata()?.ino());
        if std::fs::metadata(&path).is_ok_and(|found| (found.dev(), found.ino()) == held) {
            return Ok((folder, lock));
        }
    }
}

fn wait(lock: &File, report: &dyn Report) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < IN_SILENCE {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(IN_SILENCE / 50),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    report.event(Event::Waiting);
    Ok(lock.lock()?)
}

/// Makes a folder, or empties it.
///
/// # Errors
/// Where it cannot be made, or something in it cannot be removed.
pub fn empty(folder: &Path) -> Result<()> {
    remove(folder)?;
    Ok(fs_err::create_dir_all(folder)?)
}

/// Removes a folder if it is there, or the link to it and the folder that it leads to: scripts that run in a root by `chroot` have theirs in it.
///
/// # Errors
/// Where something of it cannot be removed.
pub fn remove(folder: &Path) -> Result<()> {
    if let Ok(target) = std::fs::read_link(folder) {
        let own = folder.strip_prefix("/").unwrap_or(folder);
        if target.is_dir() && target.ends_with(own) {
            fourply_store::remove_tree(&target)?;
        }
        return Ok(fs_err::remove_file(folder)?);
    }
    if folder.exists() {
        fourply_store::remove_tree(folder)?;
    }
    Ok(())
}
