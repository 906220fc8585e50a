//! The description of a written layer.

use serde::{Deserialize, Serialize};

use crate::{Codec, Digest};

/// The fields of a layer in an image's manifest and configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerBlob {
    /// The digest of the compressed bytes: the descriptor's digest.
    pub digest: Digest,
    /// The digest of the uncompressed bytes: the configuration's `rootfs.diff_ids`.
    pub diff_id: Digest,
    /// The number of compressed bytes.
    pub size: u64,
    /// The number of uncompressed bytes.
    pub diff_size: u64,
    /// How it is compressed.
    pub codec: Codec,
}
