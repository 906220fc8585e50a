//! Where an image goes: a layout, an archive, a registry, behind one trait.
//!
//! In: an [`Image`] and the names it is to have. Out: the image at its place, whole or not at all, and a [`SinkReport`]. A sink
//! must not know how the image was built.
//!
//! | module | what it holds |
//! |---|---|
//! | `parcel` | what is written: an image, or an index of several |
//! | `spec` | `-o type=…,dest=…` → [`OutputSpec`] |
//! | `layout` | an OCI layout, a new one or one that has images already |
//! | `archive` | an OCI layout in one tar |
//! | `docker_archive` | what `docker load` and `podman load` read |
//! | `registry` | a push |
//! | `index` | `index.json` of a layout |
//! | `file` | files that appear whole or not at all |
//! | `error` | what can go wrong |

use fourply_blob::Digest;
use fourply_store::Progress;

use crate::image::Image;

pub(crate) mod archive;
mod docker_archive;
mod error;
pub(crate) mod file;
mod index;
pub(crate) mod layout;
mod parcel;
mod registry;
mod spec;

pub use archive::OciArchive;
pub use docker_archive::DockerArchive;
pub use error::SinkError;
pub use layout::Layout;
pub use parcel::Parcel;
pub use registry::RegistrySink;
pub use spec::{OutputKind, OutputSpec, SpecError};

/// The name of an image in a layout or OCI archive where nobody gives one.
pub const DEFAULT_NAME: &str = "latest";

/// A place for images.
pub trait Sink {
    /// Writes an image or an index under these names; where there are none, under [`DEFAULT_NAME`] if the place needs one. After an error,
    /// the place is as it was before, but for blobs that nothing names.
    ///
    /// # Errors
    /// Where the place cannot be written, or what is there must not be.
    fn put(
        &mut self,
        parcel: &Parcel<'_>,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError>;

    /// Writes one image.
    ///
    /// # Errors
    /// As [`Sink::put`].
    fn write(
        &mut self,
        image: &Image,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        self.put(&Parcel::image(image), names, progress)
    }
}

/// What a sink did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkReport {
    /// The place, as the user knows it.
    pub place: String,
    /// The image's digest.
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
