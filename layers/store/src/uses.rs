//! The users of a store, and the last use of its content. In: paths of the store. Out: times on them, and locks between
//! the users and the process that cleans up. This module must not know what is removed.
//!
//! A process that opens a store holds the shared lock `in-use` while the store is open. It also has a locked file below
//! `running/`, whose time is the opening time. The last use of a file or folder is its modification time, which no
//! reader of the store needs for another purpose. It is updated if it is older than the opening, under the lock
//! `marks`. A prune holds only that lock while it checks a time and removes the file. Nothing can therefore be removed
//! between a mark and its use, and content last used before the oldest opening is in use by nobody.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
use tempfile::NamedTempFile;

use crate::Result;
use fourply_input::open_file;

/// The lock of the store's users.
const IN_USE: &str = "in-use";

/// The folder with one file for each user.
const RUNNING: &str = "running";

/// The precision of times in file systems.
const GRAIN: Duration = Duration::from_secs(2);

/// The lock and the file of one open store.
#[derive(Debug)]
pub(crate) struct Uses {
    /// `None` if the store cannot be written to: then nobody can clean it up either.
    in_use: Option<File>,
    /// Held while this value exists, and removed with it.
    running: Option<NamedTempFile>,
    marks: PathBuf,
    /// A mark after this time is recent enough.
    since: SystemTime,
}

impl Uses {
    /// Registers a user. Waits while another process has the store exclusively to clean it up.
    pub(crate) fn begin(root: &Path) -> Result<Uses> {
        let in_use = match lock_file(root, "marks").and_then(|_| lock_file(root, IN_USE)) {
            Ok(file) => Some(file),
            Err(_) => open_file(&root.join("locks").join(IN_USE)).ok(),
        };
        if let Some(file) = &in_use {
            file.lock_shared()?;
        }
        let marks = root.join("locks/marks");
        let running = begin_running(root, &marks).ok();
        Ok(Uses { in_use, running, marks, since: SystemTime::now() })
    }

    /// Marks an existing path as used. A store that cannot be written, because another user owns it, still works.
    pub(crate) fn mark(&self, path: &Path) {
        let old = |time| time < self.since;
        let found = std::fs::symlink_metadata(path).and_then(|found| found.modified());
        if found.is_ok_and(old) {
            let lock = open_file(&self.marks).and_then(|lock| lock.lock_shared().map(|()| lock));
            let keep = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
            let times = Timestamps { last_access: keep, last_modification: now };
            let _ = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
            drop(lock);
        }
    }

    /// Whether nobody else uses the store, or can use it until [`Uses::share`].
    pub(crate) fn exclusive(&self) -> Result<bool> {
        match self.in_use.as_ref().map(File::try_lock) {
            Some(Ok(())) => Ok(true),
            Some(Err(TryLockError::Error(error))) => Err(error.into()),
            Some(Err(TryLockError::WouldBlock)) => {
                // The attempt may have dropped the shared lock.
                self.share()?;
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// Lets other processes use the store again.
    pub(crate) fn share(&self) -> Result<()> {
        Ok(self.in_use.as_ref().map_or(Ok(()), File::lock_shared)?)
    }

    /// Prevents marks while the returned file exists.
    pub(crate) fn still(&self) -> Result<File> {
        let lock = fs_err::File::open(&self.marks)?.into_parts().0;
        lock.lock()?;
        Ok(lock)
    }

    /// The opening time of the oldest other process that uses the store; `None` if there is no other. Files of killed
    /// processes are removed.
    pub(crate) fn others_since(&self, root: &Path) -> Result<Option<SystemTime>> {
        let _still = self.still()?;
        let own = self.running.as_ref().map(NamedTempFile::path);
        let mut first = None;
        for entry in fs_err::read_dir(root.join("locks").join(RUNNING))? {
            let path = entry?.path();
            if Some(path.as_path()) == own {
                continue;
            }
            let Ok(file) = open_file(&path) else { continue };
            match file.try_lock() {
                Ok(()) => fs_err::remove_file(&path)?,
                Err(_) => {
                    let began = file.metadata()?.modified()?;
                    let began = began.checked_sub(GRAIN).unwrap_or(SystemTime::UNIX_EPOCH);
                    first = Some(first.map_or(began, |first: SystemTime| first.min(began)));
                }
            }
        }
        Ok(first)
    }
}

/// Runs under the lock `marks`: a process that counts the users finds the file locked, or no file.
fn begin_running(root: &Path, marks: &Path) -> Result<NamedTempFile> {
    let lock = fs_err::File::open(marks)?.into_parts().0;
    lock.lock_shared()?;
    let folder = root.join("locks").join(RUNNING);
    fs_err::create_dir_all(&folder)?;
    let file = NamedTempFile::new_in(folder)?;
    file.as_file().lock()?;
    Ok(file)
}

/// The file of a lock of the store at `root`.
pub(crate) fn lock_file(root: &Path, name: &str) -> Result<File> {
    let path = root.join("locks").join(name);
    fs_err::create_dir_all(root.join("locks"))?;
    let open = || {
        let mut options = fs_err::OpenOptions::new();
        options.create(true).truncate(false).write(true).open(&path)
    };
    // A folder, a link or a pipe at the path of a lock.
    if std::fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
        crate::damages::remove_anything(&path)?;
    }
    Ok(open()?.into_file())
}
