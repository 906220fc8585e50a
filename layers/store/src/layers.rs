//! Layers that this program writes. In: fragments, or the key of a stage. Out: a layer in the store, or the layers that
//! exist for the key.

use std::sync::Arc;

use fourply_blob::{Codec, Fragment, Key, LayerBlob, layer_key, write_layer};
use serde::{Deserialize, Serialize};
use tracing::info_span;

use crate::{Result, Store};

/// One layer of an image, in the store.
#[derive(Debug, Clone)]
pub struct BuiltLayer {
    /// The stage that built it, for the history and the summary.
    pub stage: &'static str,
    /// Its comment in the history.
    pub comment: String,
    /// Its blob.
    pub blob: LayerBlob,
    /// Whether it was in the store already.
    pub cached: bool,
}

/// A layer as it is stored for a stage.
#[derive(Serialize, Deserialize)]
struct Known {
    comment: String,
    blob: LayerBlob,
}

crate::record! {
    /// The layer built from fragments, by `layer_key`.
    struct LayerOf<'a> in Layer, rules 2 => LayerBlob {
        fragments: &'a Key,
    }
}

crate::record! {
    /// The layers of a stage, by the key over the stage's inputs.
    struct LayersOf<'a> in StageLayers, rules 2 => Vec<Known> {
        inputs: &'a Key,
    }
}

impl Store {
    /// The layers that a stage built earlier from the inputs of `key`, if all of their blobs still exist.
    pub fn known_layers(&self, stage: &'static str, key: &Key) -> Option<Vec<BuiltLayer>> {
        let known = self.get(&LayersOf { inputs: key })?;
        let there =
            known.iter().all(|layer| self.blob_of_size(&layer.blob.digest, layer.blob.size).is_some());
        let layers = known.into_iter().map(|Known { comment, blob }| BuiltLayer {
            stage,
            comment,
            blob,
            cached: true,
        });
        there.then(|| layers.collect())
    }

    /// Stores the layers for the inputs of `key`.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn remember_layers(&self, key: &Key, layers: &[BuiltLayer]) -> Result<()> {
        let known = layers.iter().map(|layer| Known { comment: layer.comment.clone(), blob: layer.blob });
        self.put(&LayersOf { inputs: key }, &known.collect())
    }

    /// Writes the layer, unless the same fragments gave it earlier.
    ///
    /// # Errors
    /// If a fragment or the store fails.
    pub fn build_layer(
        &self,
        stage: &'static str,
        comment: &str,
        fragments: &[Arc<dyn Fragment>],
        codec: Codec,
    ) -> Result<BuiltLayer> {
        let _span = info_span!("layer", of = %format_args!("{stage}: {comment}")).entered();
        let key = layer_key(fragments, codec);
        let layer = |blob, cached| BuiltLayer { stage, comment: comment.to_owned(), blob, cached };
        let record = LayerOf { fragments: &key };
        if let Some(blob) =
            self.get(&record).filter(|blob| self.blob_of_size(&blob.digest, blob.size).is_some())
        {
            return Ok(layer(blob, true));
        }
        let mut writer = self.layer_writer()?;
        let blob = write_layer(fragments, codec, &self.fragments(), &mut writer)?;
        info_span!("sync").in_scope(|| writer.commit(&blob))?;
        self.put(&record, &blob)?;
        Ok(layer(blob, false))
    }
}
