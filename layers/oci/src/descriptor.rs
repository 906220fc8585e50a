//! The identity of bytes: media type, digest, size. The location of the bytes belongs to [`Blob`](crate::Blob).

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

/// A descriptor with the required fields only. oci-spec's own type keeps annotations in a hash map, whose order differs
/// from run to run. The JSON form is that of OCI documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Such as [`media_type::MANIFEST`](crate::media_type::MANIFEST).
    pub media_type: String,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// The number of bytes.
    pub size: u64,
}

impl Descriptor {
    /// Computes the descriptor of bytes in memory.
    pub fn of(media_type: &str, bytes: &[u8]) -> Descriptor {
        Descriptor { media_type: media_type.to_owned(), digest: Digest::of(bytes), size: bytes.len() as u64 }
    }
}
