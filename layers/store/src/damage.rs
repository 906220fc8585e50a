//! Removal of damaged parts. In: the path of a changed file, or of a folder or link that should be a file. Out: the
//! path is free, so that the content is built or fetched again.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Damage, Store};

impl Store {
    /// The damaged files that were found and removed since the store was opened, by kind.
    pub fn damages(&self) -> BTreeMap<String, Damage> {
        self.damage_list().by_kind()
    }

    /// The damaged files in the stores that this one reads from. They are not used, and stay there.
    pub fn damages_of_parents(&self) -> BTreeMap<String, Damage> {
        self.damage_list().of_parents()
    }

    /// Removes a damaged file at a path of the store, and records it.
    pub fn damaged(&self, kind: &str, path: &Path) {
        self.damage_list().add(kind, path);
    }

    /// Frees `path` for a file: removes a non-folder above it, and a non-file at it.
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
