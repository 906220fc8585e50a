//! Images: from a name to verified layers in the store. In: an [`ImageSource`] with unverified documents and blobs.
//! Out: manifest, configuration and layers with OCI's media types, each byte checked against its digest. Only the
//! source knows how a registry, a layout or an archive stores them.

mod docker;
mod files;
mod layout;
mod manifest;
mod pull;
mod resolve;
mod source;

use fourply_blob::Digest;
use fourply_platform::Platform;
use fourply_store::{Progress, Store};
use serde_json::Value;

use crate::error::Result;
use crate::layer::BaseLayer;
use crate::spec::{ImageRef, LocalImage};
use files::{Archive, Folder, ImageFiles};
use layout::ImageLayout;

pub use source::{ImageSource, Registry, SourceDocument};

/// An image whose layers are in the store, before their content is read.
pub(crate) struct ResolvedImage {
    pub name: Option<String>,
    pub digest: Option<Digest>,
    pub pin: Option<Digest>,
    pub layers: Vec<BaseLayer>,
    pub config: Value,
}

/// An image of a Docker archive that is not an OCI layout too.
#[derive(Debug, Clone)]
pub struct DockerImage {
    /// The configuration as received.
    pub config: Vec<u8>,
    /// In the store, compressed if the archive has them uncompressed.
    pub layers: Vec<BaseLayer>,
}

/// Loads an image of a Docker archive into the store, for any platform. Returns `None` if the archive is an OCI layout
/// too, which keeps the image's digest.
///
/// # Errors
/// If the file is not such an archive, has several images and none was chosen, or a layer does not match the
/// configuration.
pub fn docker_image(
    image: &LocalImage,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Option<DockerImage>> {
    let archive = Archive::open(&image.path)?;
    if archive.has("oci-layout") {
        return Ok(None);
    }
    let name = ImageRef::DockerArchive(image.clone()).to_string();
    let docker::Loaded { layers, raw_config, .. } =
        docker::load(&archive, &image.choice, &name, None, store, progress)?;
    Ok(Some(DockerImage { config: raw_config, layers }))
}

/// Loads the image for `platform` into the store.
pub(crate) fn load(
    image: &ImageRef,
    platform: &Platform,
    store: &Store,
    registry: &Registry<'_>,
    progress: &dyn Progress,
) -> Result<ResolvedImage> {
    let text = image.to_string();
    let pinned = image.digest();
    let from = |source: &dyn ImageSource, name: Option<String>| -> Result<ResolvedImage> {
        let resolved = resolve::resolve(source, pinned.as_ref(), name.is_some(), platform, store)?;
        let layers = pull::layers(source, &resolved, name.is_some(), store, progress)?;
        let pin = name.is_some().then_some(resolved.top);
        Ok(ResolvedImage { name, digest: Some(resolved.digest), pin, layers, config: resolved.config })
    };
    match image {
        ImageRef::Registry(name) => from(registry(name)?.as_ref(), Some(name.clone())),
        ImageRef::Layout(LocalImage { path, choice }) => {
            from(&ImageLayout::open(Folder(path.clone()), choice.clone(), text)?, None)
        }
        ImageRef::OciArchive(LocalImage { path, choice }) => {
            from(&ImageLayout::open(Archive::open(path)?, choice.clone(), text)?, None)
        }
        ImageRef::DockerArchive(LocalImage { path, choice }) => {
            let archive = Archive::open(path)?;
            if !archive.has("manifest.json") && archive.has("oci-layout") {
                return from(&ImageLayout::open(archive, choice.clone(), text)?, None);
            }
            let loaded = docker::load(&archive, choice, &text, Some(platform), store, progress)?;
            Ok(ResolvedImage {
                name: None,
                digest: None,
                pin: None,
                layers: loaded.layers,
                config: loaded.config,
            })
        }
    }
}
