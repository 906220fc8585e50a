//! Folders that one build at a time uses, across all processes of this host.

use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::{Event, Report, Result};

/// How long it waits before reporting it.
const IN_SILENCE: Duration = Duration::from_secs(1);

/// Creates a folder if needed, and waits until no one else holds it, reported after a second. Returns its path without
/// links, and the lock, which is held while the file lives.
///
/// # Errors
/// It cannot be created or locked.
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
        // The store may have been cleaned while this waited: then the lock belongs to a removed folder.
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

/// Creates a folder, or empties it.
///
/// # Errors
/// It cannot be created, or some of its content cannot be removed.
pub fn empty(folder: &Path) -> Result<()> {
    remove(folder)?;
    Ok(fs_err::create_dir_all(folder)?)
}

/// Removes a folder if it exists, or a link together with its target folder: scripts in a root by `chroot` have their
/// folders inside that root.
///
/// # Errors
/// Some of it cannot be removed.
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
