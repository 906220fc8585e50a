//! What of a store was found damaged, and is gone. In: a path where something else lies than was put there. Out: nothing lies there any more, and a
//! list, for whoever tells the user.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::remove_tree;

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
pub(crate) struct Damages {
    own: Arc<Mutex<BTreeMap<String, Damage>>>,
    of_parents: Arc<Mutex<BTreeMap<String, Damage>>>,
}

impl Damages {
    /// What was noted.
    pub(crate) fn by_kind(&self) -> BTreeMap<String, Damage> {
        self.list().clone()
    }

    /// What was noted of parents.
    pub(crate) fn of_parents(&self) -> BTreeMap<String, Damage> {
        unpoisoned(&self.of_parents).clone()
    }

    /// Notes a file of a parent, which stays as it is.
    pub(crate) fn note_in_parent(&self, kind: &str, path: &Path) {
        count(&mut unpoisoned(&self.of_parents), kind, path);
    }

    /// Removes what lies at a path, and notes it.
    pub(crate) fn add(&self, kind: &str, path: &Path) {
        count(&mut self.list(), kind, path);
        // What cannot be removed cannot be healed either: the next write of it says why.
        let _ = remove_anything(path);
    }

    /// Of the folders that kinds lie in, what is none goes.
    pub(crate) fn clear_folders(&self, root: &Path) {
        for folder in [root.to_path_buf(), root.join("build")] {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if !entry.path().is_dir() {
                    self.add("folders", &entry.path());
                }
            }
        }
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<String, Damage>> {
        unpoisoned(&self.own)
    }
}

fn unpoisoned(list: &Mutex<BTreeMap<String, Damage>>) -> MutexGuard<'_, BTreeMap<String, Damage>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(list: &mut BTreeMap<String, Damage>, kind: &str, path: &Path) {
    let damage = Damage { count: 0, first: path.to_owned() };
    list.entry(kind.to_owned()).or_insert(damage).count += 1;
}

/// Removes a file, a link or a folder with all that is in it. A folder gets out of the way at once.
pub(crate) fn remove_anything(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() { remove_tree(path) } else { std::fs::remove_file(path) }
}
