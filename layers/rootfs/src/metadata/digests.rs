//! The checksums by which package managers detect changed files. In: contents. Out: the checksums that apk's and dpkg's
//! databases have for the same contents. They are not used for security.

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

/// Checksums of one content, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigests {
    pub sha1: String,
    pub md5: String,
}

fourply_blob::key_value!(FileDigests { sha1, md5 });

impl FileDigests {
    /// The checksums of a content.
    pub fn of(content: &[u8]) -> Self {
        Self { sha1: hex::encode(Sha1::digest(content)), md5: hex::encode(Md5::digest(content)) }
    }
}
