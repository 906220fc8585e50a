//! Between the base and images: a registry's image as the base reads it, and a base as an image stands on it. Neither crate knows the other.

use std::io::Write;

use fourply_base::{Base, BaseError, BaseLayer, ImageSource, SourceDocument};
use fourply_blob::Digest;
use fourply_oci::image::BaseImage;
use fourply_oci::registry::{Registries, RegistryError, RegistryImage};
use fourply_oci::{Blob, Descriptor, Layer, ManifestError};
use fourply_store::Store;

/// The image of this name, as a source of base layers. Nothing is asked yet.
///
/// # Errors
/// Where the name is no reference.
pub fn source(registries: &Registries, name: &str) -> Result<Box<dyn ImageSource>, RegistryError> {
    Ok(Box::new(RegistrySource(RegistryImage::new(registries, name)?)))
}

struct RegistrySource(RegistryImage);

impl ImageSource for RegistrySource {
    fn name(&self) -> String {
        self.0.name()
    }

    fn document(&self, digest: Option<&Digest>, max: u64) -> Result<SourceDocument, BaseError> {
        match self.0.document(digest, max) {
            Ok(found) => Ok(SourceDocument { media_type: found.media_type, bytes: found.bytes }),
            Err(error) => Err(into_base(error, &self.name())),
        }
    }

    fn blob(&self, descriptor: &oci_spec::image::Descriptor, out: &mut dyn Write) -> Result<(), BaseError> {
        let failed = |error: RegistryError| into_base(error, &self.name());
        let digest = descriptor.digest().as_ref().parse().map_err(|_| {
            let reason = format!("{} is no SHA-256", descriptor.digest()).into();
            failed(ManifestError { image: self.name(), reason }.into())
        })?;
        let media_type = descriptor.media_type().to_string();
        let described = Descriptor { media_type, digest, size: descriptor.size() };
        self.0.blob(&described, out).map_err(failed)
    }
}

/// A registry's error as the base's, for an image of this name.
pub fn into_base(error: RegistryError, image: &str) -> BaseError {
    BaseError::Source { image: image.to_owned(), category: error.category(), cause: error.into() }
}

/// What an image's manifest says of a layer of the base.
pub fn descriptor(layer: &BaseLayer) -> Descriptor {
    let media_type = layer.descriptor.media_type().to_string();
    Descriptor { media_type, digest: layer.digest, size: layer.size() }
}

/// The base, as an image stands on it. The layers of a registry's image may be there alone.
pub fn base_image(base: &Base, store: &Store) -> BaseImage {
    let layer = |layer: &BaseLayer| Layer {
        blob: Blob::in_store(store, descriptor(layer)).with_origin(base.name.clone()),
        diff_id: layer.diff_id,
        history: None,
    };
    BaseImage {
        name: base.name.clone(),
        digest: base.digest,
        layers: base.layers.iter().map(layer).collect(),
        config: base.config.clone(),
        raw_config: base.raw_config.clone(),
    }
}
