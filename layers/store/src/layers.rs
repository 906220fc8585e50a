//! Layers that this program writes: from fragments to a layer in the store, or from a key to the layers that are there already.

use std::sync::Arc;

use fourply_blob::{Codec, FORMAT_VERSION, Fragment, Key, KeyBuilder, LayerBlob, layer_key, write_layer};
use serde::{Deserialize, Serialize};

use crate::{Result, Store};

/// One layer of an image, in the store.
#[derive(Debug, Clone)]
pub struct BuiltLayer {
    /// Which stage built it, for the history and the summary.
    pub stage: &'static str,
    /// What the history says of it.
    pub comment: String,
    /// Its blob.
    pub blob: LayerBlob,
    /// It lay in the store already.
    pub cached: bool,
}

/// The store's name for records of layers by their fragments.
const LAYER: &str = "layer";
/// The store's name for records of a stage's layers by its inputs.
const STAGE: &str = "ply";

/// A layer as the store remembers it for a stage.
#[derive(Serialize, Deserialize)]
struct Known {
    comment: String,
    blob: LayerBlob,
}

impl Store {
    /// The layers that a stage built from the inputs of `key` before, if their blobs are all still there.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn known_layers(&self, stage: &'static str, key: &Key) -> Result<Option<Vec<BuiltLayer>>> {
        let Some(known) = self.record::<Vec<Known>>(STAGE, key)? else { return Ok(None) };
        let there = known.iter().all(|layer| self.blob_path(&layer.blob.digest).is_some());
        let layers = known.into_iter().map(|Known { comment, blob }| BuiltLayer {
            stage,
            comment,
            blob,
            cached: true,
        });
        Ok(there.then(|| layers.collect()))
    }

    /// Remembers what the inputs of `key` led to.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub fn remember_layers(&self, key: &Key, layers: &[BuiltLayer]) -> Result<()> {
        let known = layers.iter().map(|layer| Known { comment: layer.comment.clone(), blob: layer.blob });
        self.put_record(STAGE, key, &known.collect::<Vec<_>>())
    }

    /// Writes the layer, unless the same fragments gave it before.
    ///
    /// # Errors
    /// Where a fragment or the store fails.
    pub fn build_layer(
        &self,
        stage: &'static str,
        comment: &str,
        fragments: &[Arc<dyn Fragment>],
        codec: Codec,
    ) -> Result<BuiltLayer> {
        let key = layer_key(fragments, codec);
        let layer = |blob, cached| BuiltLayer { stage, comment: comment.to_owned(), blob, cached };
        let known = self.record::<LayerBlob>(LAYER, &key)?;
        if let Some(blob) = known.filter(|blob| self.blob_path(&blob.digest).is_some()) {
            return Ok(layer(blob, true));
        }
        let mut writer = self.layer_writer()?;
        let blob = write_layer(fragments, codec, &self.fragments(), &mut writer)?;
        writer.commit(&blob)?;
        self.put_record(LAYER, &key, &blob)?;
        Ok(layer(blob, false))
    }
}

/// Starts the key of a stage's layers: what the bytes of every stage depend on.
pub fn stage_key(domain: &str, codec: Codec) -> KeyBuilder {
    KeyBuilder::new(domain).number("format", u64::from(FORMAT_VERSION)).field("codec", format!("{codec:?}"))
}
