//! What an image stands on, as far as its documents go.

use fourply_blob::Digest;
use oci_spec::image::ImageConfiguration;
use serde_json::Value;

use super::time::time;
use crate::layer::Layer;

/// A base as documents see it: named layers and a configuration, but not what the layers hold.
#[derive(Debug, Clone)]
pub struct BaseImage {
    /// Its name, where it came from a registry: an annotation tells it.
    pub name: Option<String>,
    /// The digest of its manifest, where it has one: an annotation tells it.
    pub digest: Option<Digest>,
    /// From the lowest to the topmost; the same layer may occur more than once.
    pub layers: Vec<Layer>,
    /// The configuration: `rootfs.diff_ids` are those of `layers`, and the history's non-empty entries are as many.
    pub config: ImageConfiguration,
    /// The configuration as it came, with what [`ImageConfiguration`] has no room for: docker's `Shell`.
    pub raw_config: Value,
}

impl BaseImage {
    /// When it was built, by its configuration: whole seconds since 1970. Go's zero time (the first second of year 1), which engines write for
    /// "unknown", is none, and nor is what cannot stand in a configuration.
    pub fn created(&self) -> Option<i64> {
        const ZERO: i64 = -62_135_596_800;
        let told: jiff::Timestamp = self.config.created().as_deref()?.parse().ok()?;
        Some(told.as_second()).filter(|seconds| *seconds > ZERO && time(*seconds).is_ok())
    }
}
