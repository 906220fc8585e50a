//! The manifest: configuration and layers by digest. In: their [`Content`]s and the annotations. Out: bytes, always the same
//! for the same input: fields in the order that other writers use, annotations sorted, no white space.
//! Source: OCI image specification, manifest.md.

use std::collections::BTreeMap;

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

use super::{ImageError, ImageLayer};

/// The media type of a manifest.
pub const MANIFEST_MEDIA_TYPE: &str = oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
/// The media type of an index.
pub const INDEX_MEDIA_TYPE: &str = oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
/// The media type of an image's configuration.
pub const CONFIG_MEDIA_TYPE: &str = oci_client::manifest::IMAGE_CONFIG_MEDIA_TYPE;

/// A descriptor with nothing but what every one has. oci-spec's own keeps annotations in a hash map, whose order differs from
/// run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What it is.
    pub media_type: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Content {
    /// Describes bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Content {
        Content { media_type: media_type.to_owned(), digest: Digest::of(bytes), size: bytes.len() as u64 }
    }
}

/// `mediaType` is written though it is optional: without it the same bytes could be read as an index (CVE-2021-41190).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'m> {
    schema_version: u8,
    media_type: &'static str,
    config: &'m Content,
    layers: Vec<&'m Content>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'m BTreeMap<String, String>,
}

/// The manifest's bytes.
pub(super) fn render(
    config: &Content,
    layers: &[ImageLayer],
    annotations: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ImageError> {
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST_MEDIA_TYPE,
        config,
        layers: layers.iter().map(|layer| &layer.content).collect(),
        annotations,
    };
    serde_json::to_vec(&manifest).map_err(|source| ImageError::Json { document: "manifest", source })
}
