//! Who uses a store, and when what was used last. In: paths of the store. Out: times on them, and locks between those who use the store and
//! the one who cleans it up. What is cleaned up is not known here.
//!
//! Whoever opens a store holds the lock `in-use` with others as long as it is open. The last use of a file or folder is its time of
//! modification, which no reader of the store needs for anything else. It is set when it is older than [`GRAIN`], under the lock `marks`: a
//! prune holds that one alone while it looks at a time and removes what it belongs to, so nothing goes between a mark and its use.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};

use crate::Result;

/// How exact marks are: a build marks what it uses no more than once in this time.
const GRAIN: Duration = Duration::from_secs(60 * 60);

/// The lock of those who use a store.
const IN_USE: &str = "in-use";

/// The part of an open store in all that.
#[derive(Debug)]
pub(crate) struct Uses {
    /// Nothing where the store cannot be written to, so that nobody can clean it up either.
    in_use: Option<File>,
    marks: PathBuf,
    /// What was marked after this is marked well enough.
    since: SystemTime,
}

impl Uses {
    /// Takes part; waits while somebody who is alone cleans the store up.
    pub(crate) fn begin(root: &Path) -> Result<Uses> {
        let in_use = match lock_file(root, "marks").and_then(|_| lock_file(root, IN_USE)) {
            Ok(file) => Some(file),
            Err(_) => File::open(root.join("locks").join(IN_USE)).ok(),
        };
        if let Some(file) = &in_use {
            file.lock_shared()?;
        }
        let since = SystemTime::now().checked_sub(GRAIN).unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(Uses { in_use, marks: root.join("locks/marks"), since })
    }

    /// Marks what lies at the path, if anything does. A store that cannot be marked, being somebody else's, works all the same.
    pub(crate) fn mark(&self, path: &Path) {
        let old = |time| time < self.since;
        let found = std::fs::symlink_metadata(path).and_then(|found| found.modified());
        if found.is_ok_and(old) {
            let lock = File::open(&self.marks).and_then(|lock| lock.lock_shared().map(|()| lock));
            let keep = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
            let times = Timestamps { last_access: keep, last_modification: now };
            let _ = utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
            drop(lock);
        }
    }

    /// Whether nobody else uses the store, nor will until [`Uses::share`].
    pub(crate) fn alone(&self) -> Result<bool> {
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
}

/// The file of a lock of the store at `root`.
pub(crate) fn lock_file(root: &Path, name: &str) -> Result<File> {
    let folder = root.join("locks");
    fs_err::create_dir_all(&folder)?;
    let open = |name: &str| {
        fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name))
    };
    Ok(open(name)?.into_file())
}
