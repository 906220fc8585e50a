//! The media types of an artifact's layers.

/// The media type of a shard: a plain tar, since what it holds is compressed already.
pub(super) const SHARD: &str = "application/vnd.fourply.store.shard.v1.tar";
/// The media type of a blob of the store.
pub(super) const BLOB: &str = "application/vnd.fourply.store.blob.v1";
