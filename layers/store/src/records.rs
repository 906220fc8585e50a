//! Small JSON documents by key: what a stage found out and need not find out again.

use fourply_blob::Key;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, Store, StoreError, atomic};

impl Store {
    /// The document of this kind and key. One that cannot be read, of an older program say, counts as absent.
    ///
    /// # Errors
    /// Never today; a store that is not a folder may need one.
    pub fn record<T: DeserializeOwned>(&self, kind: &str, key: &Key) -> Result<Option<T>> {
        let Ok(bytes) = std::fs::read(self.record_path(kind, key)) else { return Ok(None) };
        Ok(serde_json::from_slice(&bytes).ok())
    }

    /// Whether there is a document of this kind and key, readable or not.
    pub fn has_record(&self, kind: &str, key: &Key) -> bool {
        self.record_path(kind, key).is_file()
    }

    /// Keeps a document.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_record<T: Serialize>(&self, kind: &str, key: &Key, value: &T) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(|error| StoreError::Setting {
            message: format!("a record of {kind} has no JSON form: {error}"),
        })?;
        atomic::write(&self.tmp(), &self.record_path(kind, key), &bytes)
    }

    fn record_path(&self, kind: &str, key: &Key) -> std::path::PathBuf {
        self.sharded(&format!("records/{kind}"), &key.hex())
    }
}
