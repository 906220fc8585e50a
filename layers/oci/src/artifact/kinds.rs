//! The media types of an artifact's layers.

/// A shard: a plain tar, because its entries are compressed already.
pub(super) const SHARD: &str = "application/vnd.fourply.store.shard.v1.tar";
/// A blob of the store.
pub(super) const BLOB: &str = "application/vnd.fourply.store.blob.v1";
