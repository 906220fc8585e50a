//! The small files of a store: sealed documents, and pointers from a key to a pack. In: kinds and names. Out: verified
//! contents. A damaged file is removed.

use std::path::PathBuf;

use fourply_blob::Key;

use crate::bounded::read_bounded;
use crate::sealed::{seal, unseal};
use crate::{Result, Store};
use fourply_input::open_file;

impl Store {
    /// The bytes of a file, if it exists. A file that cannot be read is damaged.
    pub(crate) fn read_at(&self, kind: &str, name: &str) -> Option<(PathBuf, Vec<u8>)> {
        let path = self.find(kind, name);
        let mut bytes = Vec::new();
        match open_file(&path).and_then(|file| read_bounded(file, kind, &mut bytes)) {
            Ok(_) => Some((path, bytes)),
            Err(_) => {
                if std::fs::symlink_metadata(&path).is_ok() {
                    self.damaged(kind, &path);
                }
                None
            }
        }
    }

    /// The content of a sealed file. A damaged file is removed.
    pub(crate) fn read_sealed(&self, kind: &str, name: &str) -> Option<Vec<u8>> {
        let (path, mut bytes) = self.read_at(kind, name)?;
        let Some(length) = unseal(kind, name, &bytes).map(<[u8]>::len) else {
            self.damaged(kind, &path);
            return None;
        };
        bytes.truncate(length);
        Some(bytes)
    }

    pub(crate) fn write_sealed(&self, kind: &str, name: &str, content: &[u8]) -> Result<()> {
        let path = self.sharded(kind, name);
        self.recorded().note(&path);
        self.write(&path, &seal(kind, name, content))
    }

    /// The pack for `key`, stored as a line of text in a small file.
    pub(crate) fn pointer(&self, kind: &str, key: &Key) -> Option<Key> {
        let content = self.read_sealed(kind, &key.hex())?;
        std::str::from_utf8(&content).ok()?.parse().ok()
    }

    pub(crate) fn set_pointer(&self, kind: &str, key: &Key, to: &Key) -> Result<()> {
        self.write_sealed(kind, &key.hex(), to.hex().as_bytes())
    }
}
