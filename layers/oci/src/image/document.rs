//! The manifest: configuration and layers by digest. In: their [`Descriptor`]s and the annotations. Out: bytes that are
//! always the same for the same input: fields in the order that other writers use, sorted annotations, no white space.
//! Source: OCI image specification, manifest.md.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::ImageError;
use crate::descriptor::Descriptor;
use crate::media_type;

/// `mediaType` is optional but always written: without it the same bytes could be read as an index (CVE-2021-41190).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'m> {
    schema_version: u8,
    media_type: &'static str,
    config: &'m Descriptor,
    layers: Vec<&'m Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'m BTreeMap<String, String>,
}

/// Renders a manifest: the same arguments give the same bytes.
pub(super) fn render(
    config: &Descriptor,
    layers: &[&Descriptor],
    annotations: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ImageError> {
    let manifest = Manifest {
        schema_version: 2,
        media_type: media_type::MANIFEST,
        config,
        layers: layers.to_vec(),
        annotations,
    };
    serde_json::to_vec(&manifest).map_err(|source| ImageError::Json { document: "manifest", source })
}
