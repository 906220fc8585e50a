//! The sample of the testing crate, with this crate's types. A unit test compiles its crate a second time, so the types
//! that `fourply_testing` uses differ from the types here.

use std::ops::Deref;

use fourply_blob::{Digest, LayerBlob};

use crate::image::BaseImage;
use crate::layer::{Layer, LayerHistory};

/// Layers in a separate store, and a base made of them.
pub(crate) struct Sample(fourply_testing::sample::Sample);

impl Deref for Sample {
    type Target = fourply_testing::sample::Sample;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Sample {
    pub(crate) fn new() -> Sample {
        Sample(fourply_testing::sample::Sample::new())
    }

    /// The sample's base, in this crate's type.
    pub(crate) fn base(&self, name: Option<&str>) -> BaseImage {
        let (layers, raw_config) = self.base_parts();
        let layer = |blob: &LayerBlob| {
            let layer = self.own(blob, "");
            Layer { blob: layer.blob.with_origin(name.map(str::to_owned)), history: None, ..layer }
        };
        BaseImage {
            name: name.map(str::to_owned),
            digest: name.map(|name| Digest::of(name.as_bytes())),
            layers: layers.iter().map(layer).collect(),
            config: serde_json::from_value(raw_config.clone()).unwrap(),
            raw_config,
        }
    }

    /// The sample's own layer, in this crate's type.
    pub(crate) fn own(&self, blob: &LayerBlob, comment: &str) -> Layer {
        let history = LayerHistory { created_by: "fourply modules".to_owned(), comment: comment.to_owned() };
        Layer::written(&self.store, blob, history)
    }
}
