//! One chunk of a fragment, and the piece that it becomes.
//!
//! In the cache a piece stands behind eight bytes, the length and the CRC-32 of its chunk: a piece that was kept under a
//! key that did not cover everything is noticed and built again, for a thirtieth of the time that hashing the chunk takes.

use std::sync::Arc;

use super::budget::Permit;
use super::buffers::Buffer;
use crate::codec::{Compressor, Total};
use crate::{BlobError, Codec, FragmentCache, Key, KeyBuilder};

/// The length and the CRC-32, 32 bits each, big-endian.
const SEAL: usize = 8;

/// Uncompressed bytes on their way.
pub(super) struct Chunk {
    pub(super) bytes: Buffer,
    /// Where its piece is kept; `None` for what is not worth keeping.
    pub(super) key: Option<Key>,
    /// What the layer is in all, with the last of its chunks.
    pub(super) end: Option<Total>,
    /// Held by the chunk and by its piece: the memory of either is bounded by the chunk's.
    pub(super) permit: Arc<Permit>,
}

/// The key of the piece `index` of a fragment.
pub(super) fn piece_key(codec: Codec, fragment: &Key, index: u64) -> Key {
    codec
        .add_to(KeyBuilder::new("fourply piece v1"))
        .field("fragment", fragment)
        .number("piece", index)
        .finish()
}

/// Compressed bytes on their way.
pub(super) struct Piece {
    sealed: Vec<u8>,
    _permit: Arc<Permit>,
}

impl Piece {
    /// One gzip member or zstd frame, or a part of one.
    pub(super) fn compressed(&self) -> &[u8] {
        self.sealed.get(SEAL..).unwrap_or_default()
    }

    /// The piece of `chunk`, from the cache or made now.
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
