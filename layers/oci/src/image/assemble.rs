//! Base, layers and settings → image.

use std::collections::BTreeMap;

use fourply_blob::Digest;
use fourply_platform::Platform;
use oci_spec::image::ImageConfiguration;

use super::base::BaseImage;
use super::error::{ImageError, MAX_LAYERS};
use super::settings::ImageSettings;
use super::{annotations, config, document};
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::layer::Layer;
use crate::manifest::Manifest;
use crate::media_type;
use crate::tree::ImageTree;

/// An image: small documents in memory, layers in files.
#[derive(Debug, Clone)]
pub struct Image {
    /// The platform in its configuration.
    pub platform: Platform,
    /// The parsed form of `config_bytes`.
    pub config: ImageConfiguration,
    /// The configuration's bytes. The manifest holds their digest.
    pub config_bytes: Vec<u8>,
    /// From the lowest to the topmost. A layer can occur more than once.
    pub layers: Vec<Layer>,
    /// The manifest's bytes. Their digest names the image.
    pub manifest: Vec<u8>,
}

impl Image {
    /// Assembles an image. The same arguments give the same bytes.
    ///
    /// # Errors
    /// If there are too many layers, a blob is neither in the store nor in a registry, or the base's history does not
    /// match its layers.
    pub fn assemble(base: &BaseImage, own: &[Layer], settings: &ImageSettings) -> Result<Image, ImageError> {
        let layers: Vec<Layer> = base.layers.iter().chain(own).cloned().collect();
        check(&layers, base.layers.len())?;
        let (config, config_bytes) = config::configure(base, own, settings)?;
        let described = Descriptor::of(media_type::CONFIG, &config_bytes);
        let annotations = annotations::complete(&settings.annotations, settings.created, base)?;
        let of_layers: Vec<&Descriptor> = layers.iter().map(|layer| &layer.blob.descriptor).collect();
        let manifest = document::render(&described, &of_layers, &annotations)?;
        Ok(Image { platform: platform(&config), config, config_bytes, layers, manifest })
    }

    /// The manifest's digest.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// Media type, digest and size of the manifest.
    pub fn manifest_descriptor(&self) -> Descriptor {
        Descriptor::of(media_type::MANIFEST, &self.manifest)
    }

    /// The size in a registry: manifest, configuration and each layer once, in bytes.
    pub fn size(&self) -> u64 {
        let blobs: u64 = self.tree().blobs.iter().map(|blob| blob.descriptor.size).sum();
        blobs + self.manifest.len() as u64
    }

    /// The image as a tree: the configuration first, then the layers in their order, each digest once.
    pub fn tree(&self) -> ImageTree {
        let manifest = Manifest::new(media_type::MANIFEST, self.manifest.clone());
        let root = manifest.descriptor.digest;
        let config = Blob::in_memory(media_type::CONFIG, self.config_bytes.clone());
        let layers = self.layers.iter().map(|layer| layer.blob.clone());
        let tree = ImageTree::new(vec![manifest], root, std::iter::once(config).chain(layers));
        ImageTree { platform: Some(self.platform.clone()), ..tree }
    }
}

/// The tree of an unchanged configuration and its layers, lowest first.
///
/// # Errors
/// None, for layers whose descriptors can be serialized.
pub fn tree_of(config: Vec<u8>, layers: Vec<Blob>) -> Result<ImageTree, ImageError> {
    let config = Blob::in_memory(media_type::CONFIG, config);
    let described: Vec<&Descriptor> = layers.iter().map(|layer| &layer.descriptor).collect();
    let manifest = document::render(&config.descriptor, &described, &BTreeMap::new())?;
    let manifest = Manifest::new(media_type::MANIFEST, manifest);
    let root = manifest.descriptor.digest;
    Ok(ImageTree::new(vec![manifest], root, std::iter::once(config).chain(layers)))
}

/// A base layer in a registry need not be on this host: it is not fetched if the target has it too.
fn check(layers: &[Layer], base: usize) -> Result<(), ImageError> {
    if layers.len() > MAX_LAYERS {
        return Err(ImageError::TooManyLayers { count: layers.len(), base });
    }
    let gone = |blob: &&Blob| blob.origin.is_none() && !blob.is_here();
    match layers.iter().map(|layer| &layer.blob).find(gone) {
        Some(blob) => Err(ImageError::MissingBlob { digest: blob.descriptor.digest }),
        None => Ok(()),
    }
}

fn platform(config: &ImageConfiguration) -> Platform {
    Platform::new(&config.os().to_string(), &config.architecture().to_string(), config.variant().as_deref())
}
