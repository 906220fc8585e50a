//! The contents of a store, item by item. In: a store. Out: kind, name, size and last use of each removable file and
//! folder. No file is read.

use std::time::SystemTime;

use crate::prune::{RECORDS, scan};
use crate::{Result, Store};

/// A file, or a folder with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Such as `packs`, `records/layer` or `build/installs`.
    pub kind: String,
    /// The item's own name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The time of its last use.
    pub used: SystemTime,
}

impl Store {
    /// All items of the store, unsorted.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn listed(&self) -> Result<Vec<Listed>> {
        let listed = scan(self.root())?.into_iter().map(|thing| {
            let mut names = thing.path.iter().rev().map(|name| name.to_string_lossy().into_owned());
            let name = names.next().unwrap_or_default();
            let kind = match thing.kind {
                RECORDS => format!("{RECORDS}/{}", names.nth(1).unwrap_or_default()),
                kind => kind.to_owned(),
            };
            Listed { kind, name, bytes: thing.bytes, used: thing.used }
        });
        Ok(listed.collect())
    }
}
