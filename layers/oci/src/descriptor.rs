//! What identifies bytes: media type, digest, size. It does not know where the bytes are; a [`Blob`](crate::Blob) does.

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

/// A descriptor with nothing but what every one has. oci-spec's own keeps annotations in a hash map, whose order differs from
/// run to run. Its JSON form is the one of OCI's documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the bytes are, such as [`media_type::MANIFEST`](crate::media_type::MANIFEST).
    pub media_type: String,
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// The number of bytes.
    pub size: u64,
}

impl Descriptor {
    /// The descriptor of bytes that are at hand.
    pub fn of(media_type: &str, bytes: &[u8]) -> Descriptor {
        Descriptor { media_type: media_type.to_owned(), digest: Digest::of(bytes), size: bytes.len() as u64 }
    }
}
