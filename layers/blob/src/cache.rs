//! Where compressed pieces are kept from one build to the next.
//!
//! This crate knows only the trait; where pieces lie, and how a flipped bit in one is noticed, is the store's matter.

use std::io;

use crate::Key;

/// Keeps compressed pieces by key.
///
/// A key covers the uncompressed bytes, the codec, its level, the compressor with its version and the version of the byte
/// format, so a piece never becomes stale; it may be forgotten at any time. Both methods are called from several threads
/// at once.
pub trait FragmentCache: Sync {
    /// What was put under `key`, byte for byte; `None` if there is nothing or it is no longer what was put.
    fn get(&self, key: &Key) -> Option<Vec<u8>>;

    /// Keeps `piece` under `key`.
    ///
    /// # Errors
    /// An error ends the writing of the layer. A cache that may fail without harm returns `Ok`.
    fn put(&self, key: &Key, piece: &[u8]) -> io::Result<()>;
}

/// Keeps nothing: every piece is compressed again.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl FragmentCache for NoCache {
    fn get(&self, _key: &Key) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _key: &Key, _piece: &[u8]) -> io::Result<()> {
        Ok(())
    }
}
