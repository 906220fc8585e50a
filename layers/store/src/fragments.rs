//! Compressed pieces of layers by key. In: a key and bytes. Out: verified bytes. A piece is stored with a BLAKE3 over
//! itself and its key. A flipped bit, or a piece under another's name, is therefore detected, and the piece is built
//! again.

use std::io;

use fourply_blob::{FragmentCache, Key};

use crate::pieces::{sealed, sound};
use crate::{Store, StoreError};

/// The pieces of one store.
#[derive(Debug, Clone)]
pub struct FragmentDir(Store);

impl Store {
    /// The cache of compressed pieces.
    pub fn fragments(&self) -> FragmentDir {
        FragmentDir(self.clone())
    }
}

impl FragmentCache for FragmentDir {
    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let (path, mut bytes) = self.0.read_at("fragments", &key.hex())?;
        let Some(length) = sound(key, &bytes).map(<[u8]>::len) else {
            self.0.damaged("fragments", &path);
            return None;
        };
        bytes.truncate(length);
        Some(bytes)
    }

    fn put(&self, key: &Key, piece: &[u8]) -> io::Result<()> {
        let path = self.0.sharded("fragments", &key.hex());
        self.0.write(&path, &sealed(key, &[piece])).map_err(|error| match error {
            StoreError::Io(error) => error,
            other => io::Error::other(other),
        })
    }
}

#[cfg(test)]
mod tests;
