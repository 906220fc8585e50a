//! Who uses a store, and when what was used last. In: paths of the store. Out: times on them, and locks between those who use the store and
//! the one who cleans it up. What is cleaned up is not known here.
//!
//! Whoever opens a store holds the lock `in-use` with others as long as it is open, and a file of its own below `running/`, locked, whose time is
//! that of the opening. The last use of a file or folder is its time of modification, which no reader of the store needs for anything else. It
//! is set where it is older than the opening, under the lock `marks`: a prune holds only that one while it looks at a time and removes what it
//! belongs to, so nothing goes between a mark and its use, and what was last used before the oldest opening is used by nobody.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};
use tempfile::NamedTempFile;

use crate::Result;
use fourply_input::open_file;

/// The lock of those who use a store.
const IN_USE: &str = "in-use";

/// The folder of those who use it.
const RUNNING: &str = "running";

/// File systems keep times no more exactly.
const GRAIN: Duration = Duration::from_secs(2);

/// The part of an open store in all that.
#[derive(Debug)]
pub(crate) struct Uses {
    /// Nothing where the store cannot be written to, so that nobody can clean it up either.
    in_use: Option<File>,
    /// Held while it lives; it is removed with it.
    running: Option<NamedTempFile>,
    marks: PathBuf,
    /// What was marked after this is marked well enough.
    since: SystemTime,
}

impl Uses {
    /// Takes part; waits while somebody has the store exclusively and cleans it up.
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

    /// Marks what lies at the path, if anything does. A store that cannot be marked, being somebody else's, works all the same.
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

    /// Whether nobody else uses the store, nor will until [`Uses::share`].
    pub(crate) fn exclusive(&self) -> Result<bool> {
        match self.in_use.as_ref().map(File::try_lock) {
            Some(Ok(())) => Ok(true),
            Some(Err(TryLockError::Error(error))) => Err(error.into()),
            Some(Err(TryLockError::WouldBlock)) => {
                // Trying may have given up the share.
                self.share()?;
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// Lets others in again.
    pub(crate) fn share(&self) -> Result<()> {
        Ok(self.in_use.as_ref().map_or(Ok(()), File::lock_shared)?)
    }

    /// Nobody marks anything while the file lives.
    pub(crate) fn still(&self) -> Result<File> {
        let lock = fs_err::File::open(&self.marks)?.into_parts().0;
        lock.lock()?;
        Ok(lock)
    }

    /// When the first of those who use the store now, beside this process, opened it; what a killed one left is removed. None if there is no
    /// other.
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

/// Under the lock of marks: whoever counts those who run finds the file locked, or none.
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
    // A folder, a link or a pipe in the place of a lock.
    if std::fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
        crate::damages::remove_anything(&path)?;
    }
    Ok(open()?.into_file())
}
