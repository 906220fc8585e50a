//! Images: from a name to verified layers in the store. Comes in: an [`ImageSource`], which hands out documents and blobs
//! that nobody has checked. Goes out: manifest, configuration and layers, each byte checked against its digest, media
//! types OCI's. How a registry, a layout or an archive keeps them is known only to its source.

mod docker;
mod files;
mod layout;
mod manifest;
mod pull;
mod resolve;

use std::io::Write;

use fourply_blob::Digest;
use fourply_store::{Progress, Store};
use oci_spec::image::Descriptor;
use serde_json::Value;

use crate::error::Result;
use crate::layer::BaseLayer;
use crate::platform::Platform;
use crate::spec::{ImageRef, LocalImage};
use files::{Archive, Files, Folder};
use layout::Layout;

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
    fn document(&self, digest: Option<&Digest>, max: u64) -> Result<Document>;

    /// Writes the blob, at most `descriptor.size()` bytes and one more.
    ///
    /// # Errors
    /// What the source has to say.
    fn blob(&self, descriptor: &Descriptor, out: &mut dyn Write) -> Result<()>;
}

/// An index or manifest as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The media type that the transport told (`Content-Type`, the descriptor's); the document's own `mediaType` must
    /// not contradict it.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Opens a registry's image by the name that [`ImageRef::Registry`] has. It should not connect yet: what is pinned by digest
/// and lies in the store is never asked for.
pub type Registry<'r> = dyn Fn(&str) -> Result<Box<dyn ImageSource>> + 'r;

/// An image whose layers lie in the store, before anything is known of what they hold.
pub(crate) struct Image {
    pub name: Option<String>,
    pub digest: Option<Digest>,
    pub pin: Option<Digest>,
    pub layers: Vec<BaseLayer>,
    pub config: Value,
}

/// Takes the image for `platform` into the store.
pub(crate) fn take(
    image: &ImageRef,
    platform: &Platform,
    store: &Store,
    registry: &Registry<'_>,
    progress: &dyn Progress,
) -> Result<Image> {
    let text = image.to_string();
    let pinned = image.digest();
    let from = |source: &dyn ImageSource, name: Option<String>| -> Result<Image> {
        let resolved = resolve::resolve(source, pinned.as_ref(), name.is_some(), platform, store)?;
        let layers = pull::layers(source, &resolved, name.is_some(), store, progress)?;
        let pin = name.is_some().then_some(resolved.top);
        Ok(Image { name, digest: Some(resolved.digest), pin, layers, config: resolved.config })
    };
    match image {
        ImageRef::Registry(name) => from(registry(name)?.as_ref(), Some(name.clone())),
        ImageRef::Layout(LocalImage { path, choice }) => {
            from(&Layout::open(Folder(path.clone()), choice.clone(), text)?, None)
        }
        ImageRef::OciArchive(LocalImage { path, choice }) => {
            from(&Layout::open(Archive::open(path)?, choice.clone(), text)?, None)
        }
        ImageRef::DockerArchive(LocalImage { path, choice }) => {
            let archive = Archive::open(path)?;
            if !archive.has("manifest.json") && archive.has("oci-layout") {
                return from(&Layout::open(archive, choice.clone(), text)?, None);
            }
            let taken = docker::take(&archive, choice, &text, platform, store, progress)?;
            Ok(Image { name: None, digest: None, pin: None, layers: taken.layers, config: taken.config })
        }
    }
}
