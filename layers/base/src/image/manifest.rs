//! One manifest's bytes → its references, in OCI's terms. In: an OCI or Docker document. Out: the configuration and the
//! layers with OCI media types, or a refusal with its reason. Nothing is fetched here.

use fourply_blob::Digest;
use oci_spec::image::{Descriptor, ImageManifest, MediaType};
use serde_json::Value;

use crate::error::{BaseError, Result};
use crate::image::source::SourceDocument;
use crate::refusal::Refusal;

/// The most layers that container engines unpack. Source: moby, `layer/layer_store.go`, `maxLayerDepth`.
const MAX_LAYERS: usize = 125;

/// The kind of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Index,
    Manifest,
}

/// A usable manifest.
#[derive(Debug, Clone)]
pub(crate) struct BaseManifest {
    pub config: BlobReference,
    pub layers: Vec<BlobReference>,
}

/// A blob that a manifest lists.
#[derive(Debug, Clone)]
pub(crate) struct BlobReference {
    /// As in the source; a layer's media type is OCI's.
    pub descriptor: Descriptor,
    pub digest: Digest,
}

impl SourceDocument {
    /// Distinguishes index and manifest.
    ///
    /// # Errors
    /// If the document is Docker's schema 1, is neither, or could be read as both (the reason for the rules is
    /// CVE-2021-41190).
    pub(super) fn shape(&self, image: &str) -> Result<(Shape, Value)> {
        let value: Value = serde_json::from_slice(&self.bytes)
            .map_err(|error| BaseError::malformed(image, "its manifest", error))?;
        let own = value.get("mediaType").and_then(Value::as_str);
        let stated = [own, self.media_type.as_deref()];
        let stated: Vec<Shape> = stated.into_iter().flatten().filter_map(shape_of_type).collect();
        let has = |key: &str| value.get(key).is_some();
        if has("fsLayers") || value.get("schemaVersion").and_then(Value::as_u64) == Some(1) {
            return Err(refused(image, Refusal::SchemaOne));
        }
        let shape = match (has("manifests"), has("config") || has("layers")) {
            (true, false) => Shape::Index,
            (false, true) => Shape::Manifest,
            (true, true) => {
                return Err(BaseError::malformed(
                    image,
                    "its manifest",
                    "it is an index and a manifest at once",
                ));
            }
            (false, false) => {
                return Err(BaseError::malformed(
                    image,
                    "its manifest",
                    "it is neither an index nor a manifest",
                ));
            }
        };
        match stated.iter().all(|stated| *stated == shape) {
            true => Ok((shape, value)),
            false => Err(BaseError::malformed(
                image,
                "its manifest",
                "its media type says that it is something else",
            )),
        }
    }
}

fn shape_of_type(media_type: &str) -> Option<Shape> {
    match media_type.split(';').next().unwrap_or_default().trim() {
        "application/vnd.oci.image.index.v1+json"
        | "application/vnd.docker.distribution.manifest.list.v2+json" => Some(Shape::Index),
        "application/vnd.oci.image.manifest.v1+json"
        | "application/vnd.docker.distribution.manifest.v2+json" => Some(Shape::Manifest),
        _ => None,
    }
}

fn refused(image: &str, reason: Refusal) -> BaseError {
    BaseError::Refused { image: image.into(), reason }
}

impl BaseManifest {
    /// Reads a manifest and converts its layers' media types to OCI's.
    ///
    /// # Errors
    /// If it is not an image (an artifact, a chart), has too many layers, or layers that must not be copied, are
    /// encrypted or of an unknown kind.
    pub(super) fn read(image: &str, value: Value) -> Result<Self> {
        let manifest: ImageManifest = serde_json::from_value(value)
            .map_err(|error| BaseError::malformed(image, "its manifest", error))?;
        if manifest.schema_version() != 2 {
            return Err(BaseError::malformed(image, "its manifest", "its schema version is not 2"));
        }
        let config_type = manifest.config().media_type().as_ref();
        if !matches!(
            config_type,
            "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json"
        ) {
            return Err(refused(image, Refusal::Artifact { config_type: config_type.to_owned() }));
        }
        if manifest.layers().len() > MAX_LAYERS {
            return Err(refused(image, Refusal::TooManyLayers { count: manifest.layers().len() }));
        }
        let layers = manifest
            .layers()
            .iter()
            .map(|layer| BlobReference::layer(image, layer))
            .collect::<Result<_>>()?;
        Ok(Self { config: BlobReference::new(image, manifest.config().clone())?, layers })
    }
}

impl BlobReference {
    pub(super) fn new(image: &str, descriptor: Descriptor) -> Result<Self> {
        let digest = descriptor.digest().to_string();
        let digest =
            digest.parse().map_err(|error| BaseError::malformed(image, "a digest in its manifest", error))?;
        Ok(Self { descriptor, digest })
    }

    fn layer(image: &str, layer: &Descriptor) -> Result<Self> {
        let mut layer = layer.clone();
        let promoted = promoted(image, layer.media_type())?;
        layer.set_media_type(promoted);
        Self::new(image, layer)
    }
}

/// OCI's media type for a layer's media type.
fn promoted(image: &str, media_type: &MediaType) -> Result<MediaType> {
    let name = media_type.as_ref();
    match name {
        "application/vnd.oci.image.layer.v1.tar" | "application/vnd.docker.image.rootfs.diff.tar" => {
            Ok(MediaType::ImageLayer)
        }
        "application/vnd.oci.image.layer.v1.tar+gzip"
        | "application/vnd.docker.image.rootfs.diff.tar.gzip" => Ok(MediaType::ImageLayerGzip),
        // Docker's type has never been specified, but some builders wrote it.
        "application/vnd.oci.image.layer.v1.tar+zstd"
        | "application/vnd.docker.image.rootfs.diff.tar.zstd" => Ok(MediaType::ImageLayerZstd),
        _ if name.contains("nondistributable") || name.contains("foreign") => {
            Err(refused(image, Refusal::ForeignLayer { media_type: name.to_owned() }))
        }
        _ if name.ends_with("+encrypted") => Err(refused(image, Refusal::Encrypted)),
        _ => Err(refused(image, Refusal::LayerType { media_type: name.to_owned() })),
    }
}

#[cfg(test)]
mod tests;
