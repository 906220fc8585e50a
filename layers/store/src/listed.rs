//! What lies in a store, one by one. In: a store. Out: kind, name, size and last use of each file and folder that may go. Nothing is read.

use std::time::SystemTime;

use crate::prune::{RECORDS, scan};
use crate::{Result, Store};

/// A file, or a folder with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `packs`, `records/layer`, `build/installs`.
    pub kind: String,
    /// Its own name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
}

impl Store {
    /// All that lies in the store, in no order.
    ///
    /// # Errors
    /// A folder that cannot be read.
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
