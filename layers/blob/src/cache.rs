//! A cache for compressed pieces between builds.
//!
//! This crate knows only the trait. Where pieces are kept, and how a flipped bit is detected, is the store's concern.

use std::io;

use crate::Key;

/// Keeps compressed pieces by key.
///
/// A key covers the uncompressed bytes, the codec, its level, the compressor with its version and the version of the
/// byte format. So a piece never becomes stale; the cache may drop it at any time. Both methods are called from several
/// threads at once.
pub trait FragmentCache: Sync {
    /// The bytes that were put under `key`; `None` if there are none, or they have changed.
    fn get(&self, key: &Key) -> Option<Vec<u8>>;

    /// Keeps `piece` under `key`.
    ///
    /// # Errors
    /// An error aborts the layer. A cache whose failure is harmless returns `Ok`.
    fn put(&self, key: &Key, piece: &[u8]) -> io::Result<()>;
}

/// A cache that keeps nothing: every piece is compressed again.
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
