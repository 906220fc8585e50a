//! A place for images.

use fourply_blob::Digest;
use fourply_store::Progress;

use super::error::SinkError;
use crate::tree::ImageTree;

/// The name of an image in a layout or OCI archive where nobody gives one.
pub const DEFAULT_NAME: &str = "latest";

/// A place for images.
pub trait Sink {
    /// Whether an image could be put there, to be told before one is built.
    ///
    /// # Errors
    /// Where something else is there already.
    fn check(&self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Writes an image or an index under these names; where there are none, under [`DEFAULT_NAME`] if the place needs one. After an error,
    /// the place is as it was before, but for blobs that nothing names.
    ///
    /// # Errors
    /// Where the place cannot be written, or what is there must not be.
    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError>;
}

/// What a sink did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkReport {
    /// The place, as the user knows it.
    pub place: String,
    /// Of the manifest or index that was written.
    pub digest: Digest,
    /// How many blobs (layers, configuration, manifest) were written or sent.
    pub written: usize,
    /// How many were there already.
    pub present: usize,
    /// How many a registry took over from another of its repositories.
    pub mounted: usize,
    /// How many bytes were written or sent.
    pub bytes: u64,
}
