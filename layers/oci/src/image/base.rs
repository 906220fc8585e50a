//! The documents of a base image.

use fourply_blob::Digest;
use oci_spec::image::ImageConfiguration;
use serde_json::Value;

use super::time::time;
use crate::layer::Layer;

/// A base's documents: named layers and a configuration, without the layers' files.
#[derive(Debug, Clone)]
pub struct BaseImage {
    /// The name, if the base came from a registry. It becomes an annotation.
    pub name: Option<String>,
    /// The digest of the manifest, if there is one. It becomes an annotation.
    pub digest: Option<Digest>,
    /// From the lowest to the topmost. A layer can occur more than once.
    pub layers: Vec<Layer>,
    /// The configuration. `rootfs.diff_ids` match `layers`, and the history has as many non-empty entries.
    pub config: ImageConfiguration,
    /// The configuration as received, including fields that [`ImageConfiguration`] lacks: Docker's `Shell`.
    pub raw_config: Value,
}

impl BaseImage {
    /// The creation time in its configuration, in whole seconds since 1970. `None` for Go's zero time (the first second
    /// of year 1), which engines write for "unknown", and for a time that a configuration cannot hold.
    pub fn created(&self) -> Option<i64> {
        const ZERO: i64 = -62_135_596_800;
        let told: jiff::Timestamp = self.config.created().as_deref()?.parse().ok()?;
        Some(told.as_second()).filter(|seconds| *seconds > ZERO && time(*seconds).is_ok())
    }
}
