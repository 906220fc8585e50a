//! The packs of a store. In: the key of a pack, or what led to it: the integrity of a tarball, the key of a piece of work. Out: the pack, verified; one
//! that is damaged is gone then.

use std::io;
use std::sync::Arc;

use fourply_blob::Key;

use crate::pack::read_pack;
use crate::{Pack, Result, Store, StoreError};

impl Store {
    /// The pack that the tarball with this integrity became, if it was fetched before.
    ///
    /// # Errors
    /// Never today.
    pub fn pack_for(&self, integrity: &crate::Integrity) -> Result<Option<Key>> {
        Ok(self.pointer("sources", &integrity.key()).filter(|id| self.has_pack(id)))
    }

    pub(crate) fn record_source(&self, integrity: &crate::Integrity, pack: &Key) -> Result<()> {
        self.set_pointer("sources", &integrity.key(), pack)
    }

    /// The pack that was derived under this key, if it was.
    ///
    /// # Errors
    /// Never today.
    pub fn derived_pack(&self, key: &Key) -> Result<Option<Key>> {
        Ok(self.pointer("derived", key).filter(|id| self.has_pack(id)))
    }

    /// Remembers which pack was derived under this key.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn record_derived(&self, key: &Key, pack: &Key) -> Result<()> {
        self.set_pointer("derived", key, pack)
    }

    /// Whether the store has the pack, without reading it.
    pub fn has_pack(&self, id: &Key) -> bool {
        self.find("packs", &id.hex()).is_file()
    }

    /// How many bytes the pack's file has; 0 where there is none.
    pub fn pack_size(&self, id: &Key) -> u64 {
        std::fs::metadata(self.find("packs", &id.hex())).map_or(0, |found| found.len())
    }

    /// The paths of a pack.
    ///
    /// # Errors
    /// As [`Store::open_pack`].
    pub fn pack_paths(&self, id: &Key) -> Result<Vec<String>> {
        Ok(self.open_pack(id)?.entries().iter().map(|entry| entry.path.clone()).collect())
    }

    /// Reads and verifies a pack.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where its bytes changed, or it went after it was found: it is not there any more, so that whoever runs again
    /// fetches it.
    pub fn open_pack(&self, id: &Key) -> Result<Arc<Pack>> {
        let path = self.find("packs", &id.hex());
        match read_pack(&path, id) {
            Ok(Some(pack)) => return Ok(Arc::new(pack)),
            Err(error) if is_full(&error) => return Err(error.into()),
            _ if std::fs::symlink_metadata(&path).is_ok() => self.damaged("packs", &path),
            _ => {}
        }
        Err(StoreError::corrupt(&path))
    }
}

/// Whether this process, not the file, is at its limits.
fn is_full(error: &io::Error) -> bool {
    const LIMITS: [i32; 3] = [
        rustix::io::Errno::MFILE.raw_os_error(),
        rustix::io::Errno::NFILE.raw_os_error(),
        rustix::io::Errno::NOMEM.raw_os_error(),
    ];
    error.raw_os_error().is_some_and(|number| LIMITS.contains(&number))
}
