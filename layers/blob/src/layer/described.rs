//! What is known of a layer once it is written.

use serde::{Deserialize, Serialize};

use crate::{Codec, Digest};

/// What an image's manifest and configuration say of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerBlob {
    /// Of the compressed bytes: the descriptor's digest.
    pub digest: Digest,
    /// Of the uncompressed bytes: the configuration's `rootfs.diff_ids`.
    pub diff_id: Digest,
    /// The number of compressed bytes.
    pub size: u64,
    /// The number of uncompressed bytes.
    pub diff_size: u64,
    /// How it is compressed.
    pub codec: Codec,
}
