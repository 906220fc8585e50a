//! One file of a package, in the form that the indexes of all versions share.

use fourply_blob::{Feed, KeyValue, Raw};

use crate::ExecutableBy;

/// One file of a package in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoreFile {
    pub(super) path: String,
    pub(super) executable: ExecutableBy,
    pub(super) size: u64,
    pub(super) digest: Vec<u8>,
}

impl KeyValue for StoreFile {
    fn feed(&self, feed: &mut Feed<'_>) {
        // The size follows from the digest.
        let StoreFile { path, executable, size: _, digest } = self;
        (path, executable.kind().to_string(), Raw(digest)).feed(feed);
    }
}
