//! The package archives of a store. In: the key of an archive, or of its source: the integrity of a tarball, the key of
//! a task. Out: the verified archive. A damaged one is removed.

use std::io;
use std::sync::Arc;

use fourply_blob::Key;

use crate::pack::read_pack;
use crate::{Pack, Result, Store, StoreError};

impl Store {
    /// The archive of the tarball with this integrity, if it was fetched.
    ///
    /// # Errors
    /// None at present.
    pub fn pack_for(&self, integrity: &crate::Integrity) -> Result<Option<Key>> {
        Ok(self.pointer("sources", &integrity.key()).filter(|id| self.has_pack(id)))
    }

    pub(crate) fn record_source(&self, integrity: &crate::Integrity, pack: &Key) -> Result<()> {
        self.set_pointer("sources", &integrity.key(), pack)
    }

    /// The archive that was derived under this key, if any.
    ///
    /// # Errors
    /// None at present.
    pub fn derived_pack(&self, key: &Key) -> Result<Option<Key>> {
        Ok(self.pointer("derived", key).filter(|id| self.has_pack(id)))
    }

    /// Records the archive that was derived under this key.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn record_derived(&self, key: &Key, pack: &Key) -> Result<()> {
        self.set_pointer("derived", key, pack)
    }

    /// Whether the store has the archive. The archive is not read.
    pub fn has_pack(&self, id: &Key) -> bool {
        self.find("packs", &id.hex()).is_file()
    }

    /// The size of the archive's file in bytes; 0 if it does not exist.
    pub fn pack_size(&self, id: &Key) -> u64 {
        std::fs::metadata(self.find("packs", &id.hex())).map_or(0, |found| found.len())
    }

    /// The paths in an archive.
    ///
    /// # Errors
    /// Those of [`Store::open_pack`].
    pub fn pack_paths(&self, id: &Key) -> Result<Vec<String>> {
        Ok(self.open_pack(id)?.entries().iter().map(|entry| entry.path.clone()).collect())
    }

    /// Reads and verifies an archive.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if its bytes changed, or it was removed after it was found. It no longer exists then, so
    /// the next run fetches it.
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

/// Whether the error is a limit of this process, not of the file.
fn is_full(error: &io::Error) -> bool {
    const LIMITS: [i32; 3] = [
        rustix::io::Errno::MFILE.raw_os_error(),
        rustix::io::Errno::NFILE.raw_os_error(),
        rustix::io::Errno::NOMEM.raw_os_error(),
    ];
    error.raw_os_error().is_some_and(|number| LIMITS.contains(&number))
}
