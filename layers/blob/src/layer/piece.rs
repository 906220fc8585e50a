//! One chunk of a fragment, and its piece.
//!
//! In the cache, eight bytes precede a piece: the length and the CRC-32 of its chunk. They detect a piece whose key did
//! not cover every input, and it is compressed again. This check takes a thirtieth of the time of hashing the chunk.

use std::sync::Arc;

use super::budget::Permit;
use super::buffers::Buffer;
use crate::codec::{Compressor, Total};
use crate::{BlobError, Codec, FragmentCache, Key, KeyBuilder};

/// The length and the CRC-32, 32 bits each, big-endian.
const SEAL: usize = 8;

/// Uncompressed bytes in transit.
pub(super) struct Chunk {
    pub(super) bytes: Buffer,
    /// The cache key of its piece; `None` for pieces that are not worth caching.
    pub(super) key: Option<Key>,
    /// The totals of the layer, with its last chunk.
    pub(super) end: Option<Total>,
    /// Held by the chunk and by its piece: the chunk's size limits the memory of both.
    pub(super) permit: Arc<Permit>,
}

/// The key of piece number `index` of a fragment.
pub(super) fn piece_key(codec: Codec, fragment: &Key, index: u64) -> Key {
    codec
        .add_to(KeyBuilder::new("fourply piece v1"))
        .field("fragment", fragment)
        .number("piece", index)
        .finish()
}

/// Compressed bytes in transit.
pub(super) struct Piece {
    sealed: Vec<u8>,
    _permit: Arc<Permit>,
}

impl Piece {
    /// One gzip member or zstd frame, or a part of one.
    pub(super) fn compressed(&self) -> &[u8] {
        self.sealed.get(SEAL..).unwrap_or_default()
    }

    /// The piece of `chunk`, from the cache or newly compressed.
    pub(super) fn of(
        chunk: &Chunk,
        compressor: &mut Compressor,
        cache: &dyn FragmentCache,
    ) -> Result<Self, BlobError> {
        let seal = seal(&chunk.bytes);
        let piece = |sealed| Self { sealed, _permit: Arc::clone(&chunk.permit) };
        let kept = chunk.key.and_then(|key| cache.get(&key));
        if let Some(kept) = kept.filter(|kept| kept.len() > SEAL && kept.starts_with(&seal)) {
            return Ok(piece(kept));
        }
        let mut sealed = seal.to_vec();
        compressor.compress_piece(&chunk.bytes, chunk.end, &mut sealed)?;
        if let Some(key) = chunk.key {
            cache.put(&key, &sealed).map_err(|source| BlobError::Cache { key, source })?;
        }
        Ok(piece(sealed))
    }
}

fn seal(bytes: &[u8]) -> [u8; SEAL] {
    // a chunk has a few MiB at most
    let length = (bytes.len() as u64) << 32;
    (length | u64::from(libdeflater::crc32(bytes))).to_be_bytes()
}
