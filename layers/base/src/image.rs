//! Images: from a name to verified layers in the store. Comes in: an [`ImageSource`], which hands out documents and blobs
//! that nobody has checked. Goes out: manifest, configuration and layers, each byte checked against its digest, media
//! types OCI's. How a registry, a layout or an archive keeps them is known only to its source.

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

/// An image whose layers lie in the store, before anything is known of what they hold.
pub(crate) struct ResolvedImage {
    pub name: Option<String>,
    pub digest: Option<Digest>,
    pub pin: Option<Digest>,
    pub layers: Vec<BaseLayer>,
    pub config: Value,
}

/// An image of a docker archive that is no OCI layout as well.
#[derive(Debug, Clone)]
pub struct DockerImage {
    /// The configuration as it came.
    pub config: Vec<u8>,
    /// In the store, compressed where the archive has them plain.
    pub layers: Vec<BaseLayer>,
}

/// Loads an image of a docker archive into the store, for whatever platform it is; `None` where the archive is an OCI layout as well, which keeps the
/// image's digest.
///
/// # Errors
/// Where it is no such archive, has several images and none was chosen, or a layer is not what the configuration says.
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
