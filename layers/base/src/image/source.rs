//! Where an image comes from: what a registry, a layout or an archive has to do for the rest of this crate.

use std::io::Write;

use fourply_blob::Digest;
use oci_spec::image::Descriptor;

use crate::error::Result;

/// A place that has one image, perhaps for many platforms: a registry's repository, an OCI layout, an archive.
///
/// A source verifies nothing and need not: every document and blob that it gives is checked against its digest by the
/// caller. It must keep to the bounds that it is given.
pub trait ImageSource: Send + Sync {
    /// How messages name the image.
    fn name(&self) -> String;

    /// The document that the image's name leads to (`None`), or that has this digest: an index or manifest, of at most
    /// `max` bytes.
    ///
    /// # Errors
    /// What the source has to say; a registry's own errors as [`crate::BaseError::Source`].
    fn document(&self, digest: Option<&Digest>, max: u64) -> Result<SourceDocument>;

    /// Writes the blob, at most `descriptor.size()` bytes and one more.
    ///
    /// # Errors
    /// What the source has to say.
    fn blob(&self, descriptor: &Descriptor, out: &mut dyn Write) -> Result<()>;
}

/// An index or manifest as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDocument {
    /// The media type that the transport told (`Content-Type`, the descriptor's); the document's own `mediaType` must
    /// not contradict it.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Opens a registry's image by the name that [`crate::ImageRef::Registry`] has. It should not connect yet: what is pinned by digest
/// and lies in the store is never asked for.
pub type Registry<'r> = dyn Fn(&str) -> Result<Box<dyn ImageSource>> + 'r;
