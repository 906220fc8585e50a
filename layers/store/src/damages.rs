//! The damaged files of a store that were removed. In: a path with unexpected content. Out: the path is free, and a
//! list for the user.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::remove_tree;

/// The damage of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Number of files and folders.
    pub count: u64,
    /// The path of the first one.
    pub first: PathBuf,
}

/// The damage since the store was opened. All clones of a store share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Damages {
    own: Arc<Mutex<BTreeMap<String, Damage>>>,
    of_parents: Arc<Mutex<BTreeMap<String, Damage>>>,
}

impl Damages {
    /// The damage in this store.
    pub(crate) fn by_kind(&self) -> BTreeMap<String, Damage> {
        self.list().clone()
    }

    /// The damage in parents.
    pub(crate) fn of_parents(&self) -> BTreeMap<String, Damage> {
        unpoisoned(&self.of_parents).clone()
    }

    /// Records a damaged file of a parent. The file is left unchanged.
    pub(crate) fn note_in_parent(&self, kind: &str, path: &Path) {
        count(&mut unpoisoned(&self.of_parents), kind, path);
    }

    /// Removes and records a damaged file.
    pub(crate) fn add(&self, kind: &str, path: &Path) {
        count(&mut self.list(), kind, path);
        // If the file cannot be removed, the next write to this path reports why.
        let _ = remove_anything(path);
    }

    /// Removes non-folders at the paths of the kinds' folders.
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

/// Removes a file, a link, or a folder with its content, at once.
pub(crate) fn remove_anything(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() { remove_tree(path) } else { std::fs::remove_file(path) }
}
