//! Compressed pieces of layers by key. A piece is kept with a BLAKE3 over itself and its key, so that a flipped bit, and a piece that
//! lies under another's name, are noticed and the piece is built again.

use std::io;

use fourply_blob::{FragmentCache, Key, KeyBuilder};

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

/// A kept file's bytes: the parts of a piece, and what [`sound`] knows them by.
pub(crate) fn sealed(key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 32);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let checksum = checksum_of(key, &bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// The piece in a kept file's bytes; `None` where they are damaged, or another key's.
pub(crate) fn sound<'b>(key: &Key, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (piece, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    (checksum_of(key, piece).as_bytes() == checksum).then_some(piece)
}

/// By hand, since it is no key: it stands in files that travel between stores, in caches and bundles, and where it differs such a file is
/// refused as damaged. Another checksum would make each of those that an older version wrote an error.
fn checksum_of(key: &Key, piece: &[u8]) -> Key {
    KeyBuilder::new("fourply kept fragment v1").field("key", key).field("piece", piece).finish()
}

#[cfg(test)]
mod tests;
