//! The checksums by which package managers know a file that was changed. Comes in: contents. Goes out: what apk's and dpkg's databases hold
//! of the same contents. No security rests on them.

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
    /// Those of a content.
    pub fn of(content: &[u8]) -> Self {
        Self { sha1: hex::encode(Sha1::digest(content)), md5: hex::encode(Md5::digest(content)) }
    }
}
