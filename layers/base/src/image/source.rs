//! The source of an image: the interface that a registry, a layout or an archive implements for this crate.

use std::io::Write;

use fourply_blob::Digest;
use oci_spec::image::Descriptor;

use crate::error::Result;

/// A location with one image, possibly for many platforms: a registry's repository, an OCI layout, an archive.
///
/// A source need not verify anything: the caller checks every document and blob against its digest. The source must
/// respect the given size limits.
pub trait ImageSource: Send + Sync {
    /// The image's name in messages.
    fn name(&self) -> String;

    /// The document that the image's name leads to (`None`), or that has this digest: an index or manifest, of at most
    /// `max` bytes.
    ///
    /// # Errors
    /// The source's own; a registry's errors as [`crate::BaseError::Source`].
    fn document(&self, digest: Option<&Digest>, max: u64) -> Result<SourceDocument>;

    /// Writes the blob, at most `descriptor.size()` bytes and one more.
    ///
    /// # Errors
    /// The source's own.
    fn blob(&self, descriptor: &Descriptor, out: &mut dyn Write) -> Result<()>;
}

/// An index or manifest as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDocument {
    /// The media type that the transport reported (`Content-Type`, the descriptor's). The document's own `mediaType`
    /// must not contradict it.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Opens a registry's image by the name in [`crate::ImageRef::Registry`]. It should not connect yet: content that is
/// pinned by digest and in the store is never requested.
pub type Registry<'r> = dyn Fn(&str) -> Result<Box<dyn ImageSource>> + 'r;
