//! One layer of a base, with the data that a manifest has.

use std::str::FromStr;

use fourply_blob::{Digest, LayerBlob};
use fourply_rootfs::LayerDigests;
use fourply_rootfs::stream::Form;
use oci_spec::image::{Descriptor, MediaType, Sha256Digest};

use crate::error::{BaseError, Result};

/// One layer of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseLayer {
    /// For the manifest: OCI media type, digest, size. Annotations and other fields are not copied.
    pub descriptor: Descriptor,
    /// The blob's digest, the one in `descriptor`.
    pub digest: Digest,
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
}

impl BaseLayer {
    /// A layer whose blob of `size` bytes is in the store.
    ///
    /// # Errors
    /// None, for an OCI media type; oci-spec checks the digest's form again.
    pub fn new(media_type: MediaType, digest: Digest, size: u64, diff_id: Digest) -> Result<Self> {
        let hex = Sha256Digest::from_str(&digest.hex())
            .map_err(|error| BaseError::malformed(&digest.to_string(), "digest", error))?;
        Ok(Self { descriptor: Descriptor::new(media_type, size, hex), digest, diff_id })
    }

    /// A layer that was written with gzip.
    ///
    /// # Errors
    /// Those of [`BaseLayer::new`].
    pub(crate) fn of_gzip(layer: &LayerBlob) -> Result<Self> {
        Self::new(MediaType::ImageLayerGzip, layer.digest, layer.size, layer.diff_id)
    }

    /// The blob's size in bytes.
    pub fn size(&self) -> u64 {
        self.descriptor.size()
    }
}

/// The layers in the form for reading their metadata.
pub(crate) fn rootfs_layers(layers: &[BaseLayer]) -> Vec<LayerDigests> {
    layers.iter().map(|layer| LayerDigests { digest: layer.digest, diff_id: layer.diff_id }).collect()
}

/// The media type of a layer with this compression; `None` if OCI has none.
pub(crate) fn media_type(form: Form) -> Option<MediaType> {
    match form {
        Form::Plain => Some(MediaType::ImageLayer),
        Form::Gzip => Some(MediaType::ImageLayerGzip),
        Form::Zstd => Some(MediaType::ImageLayerZstd),
        Form::Xz => None,
    }
}
