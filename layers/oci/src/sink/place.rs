//! The trait for a target of images, and its report.

use fourply_blob::Digest;
use fourply_store::Progress;

use super::error::SinkError;
use crate::tree::ImageTree;

/// The default name of an image in a layout or OCI archive.
pub const DEFAULT_NAME: &str = "latest";

/// A target for images.
pub trait Sink {
    /// Checks that an image could be written there, so that an error is reported before the build.
    ///
    /// # Errors
    /// If something else exists there.
    fn check(&self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Writes an image or an index under these names. Without names, [`DEFAULT_NAME`] is used if the target requires
    /// one. After an error the target is unchanged, except for blobs that nothing refers to.
    ///
    /// # Errors
    /// If the target cannot be written, or something there must not be replaced.
    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError>;
}

/// The result of writing to a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkReport {
    /// The target, as users know it.
    pub place: String,
    /// The digest of the written manifest or index.
    pub digest: Digest,
    /// Number of blobs (layers, configuration, manifest) written or sent.
    pub written: usize,
    /// Number of blobs that existed.
    pub present: usize,
    /// Number of blobs that a registry mounted from another of its repositories.
    pub mounted: usize,
    /// Bytes written or sent.
    pub bytes: u64,
}
