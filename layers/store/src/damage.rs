//! What of a store was found damaged, and is gone. In: what lies where something else should: a changed file, a folder or a link in a file's place.
//! Out: nothing lies there any more, so that whoever misses it makes or fetches it again; and a list, for whoever tells the user.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;

use crate::{Store, remove_tree};

/// How much of one kind was damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Files and folders.
    pub count: u64,
    /// The first of them.
    pub first: PathBuf,
}

/// What was found since the store was opened. All clones of a store share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Damages(Arc<Mutex<BTreeMap<String, Damage>>>);

impl Damages {
    fn list(&self) -> MutexGuard<'_, BTreeMap<String, Damage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// What was found damaged and removed since the store was opened, by kind.
    pub fn damages(&self) -> BTreeMap<String, Damage> {
        self.damage_list().list().clone()
    }

    /// Removes what lies at a path of the store, which is not what was put there, and notes it.
    pub fn damaged(&self, kind: &str, path: &Path) {
        let damage = Damage { count: 0, first: path.to_owned() };
        self.damage_list().list().entry(kind.to_owned()).or_insert(damage).count += 1;
        // What cannot be removed cannot be healed either: the next write of it says why.
        let _ = remove_anything(path);
    }

    /// Makes way for a file at `path`: what is no folder above it, and what is no file in its place, goes.
    pub(crate) fn make_way(&self, path: &Path) {
        let within = path.ancestors().skip(1).take_while(|above| *above != self.root());
        for above in Vec::from_iter(within).into_iter().rev() {
            if std::fs::symlink_metadata(above).is_ok() && !above.is_dir() {
                self.damaged("folders", above);
            }
        }
        if std::fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
            self.damaged("files", path);
        }
    }
}

/// Removes a file, a link or a folder with all that is in it. A folder gets out of the way at once.
pub(crate) fn remove_anything(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() { remove_tree(path) } else { std::fs::remove_file(path) }
}

/// Opens a regular file: no pipe waits for a writer, and no device is read.
///
/// # Errors
/// As [`File::open`]; where something else lies there.
pub fn open_file(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}
