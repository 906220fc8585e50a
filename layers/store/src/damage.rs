//! What is damaged in a store goes. In: what lies where something else should: a changed file, a folder or a link in a file's place. Out: nothing
//! lies there any more, so that whoever misses it makes or fetches it again.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Damage, Store};

impl Store {
    /// What was found damaged and removed since the store was opened, by kind.
    pub fn damages(&self) -> BTreeMap<String, Damage> {
        self.damage_list().by_kind()
    }

    /// What was found damaged in the stores that this one reads from; it is not used, and stays there.
    pub fn damages_of_parents(&self) -> BTreeMap<String, Damage> {
        self.damage_list().of_parents()
    }

    /// Removes what lies at a path of the store, which is not what was put there, and notes it.
    pub fn damaged(&self, kind: &str, path: &Path) {
        self.damage_list().add(kind, path);
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
