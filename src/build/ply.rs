//! From fragments to a layer in the store, or from their key to the layer that is there already.

use std::sync::Arc;

use fourply_blob::{Codec, Digest, Fragment, Key, KeyBuilder, LayerBlob, layer_key, write_layer};
use fourply_store::Store;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One layer of the image that fourply made.
#[derive(Debug, Clone)]
pub struct PlyLayer {
    /// Which ply, for the history and the summary.
    pub ply: &'static str,
    /// What the history says of it.
    pub comment: String,
    /// Its blob.
    pub blob: LayerBlob,
    /// It lay in the store already.
    pub cached: bool,
    /// The digest of the compressed blob.
    pub digest: Digest,
    /// The size of the compressed blob in bytes.
    pub size: u64,
}

/// The store's name for records of layers by their fragments.
const KIND: &str = "layer";
/// The store's name for records of a ply's layers by its inputs.
const PLY_KIND: &str = "ply";

impl PlyLayer {
    fn new(ply: &'static str, comment: String, blob: LayerBlob, cached: bool) -> PlyLayer {
        PlyLayer { ply, comment, digest: blob.digest, size: blob.size, blob, cached }
    }
}

/// A layer as the store remembers it for a ply.
#[derive(Serialize, Deserialize)]
struct Known {
    comment: String,
    blob: LayerBlob,
}

/// The layers that were made from these inputs before, if their blobs are all still there.
///
/// # Errors
/// Where the store cannot be read.
pub fn known_all(store: &Store, ply: &'static str, key: &Key) -> Result<Option<Vec<PlyLayer>>, Error> {
    let Some(known) = store.record::<Vec<Known>>(PLY_KIND, key)? else { return Ok(None) };
    let there = known.iter().all(|layer| store.blob_path(&layer.blob.digest).is_some());
    let layers = known.into_iter().map(|Known { comment, blob }| PlyLayer::new(ply, comment, blob, true));
    Ok(there.then(|| layers.collect()))
}

/// Remembers what these inputs led to.
///
/// # Errors
/// Where the store cannot be written.
pub fn remember_all(store: &Store, key: &Key, layers: &[PlyLayer]) -> Result<(), Error> {
    let known = layers.iter().map(|layer| Known { comment: layer.comment.clone(), blob: layer.blob });
    Ok(store.put_record(PLY_KIND, key, &known.collect::<Vec<_>>())?)
}

/// Makes the layer, unless the same fragments made it before.
///
/// # Errors
/// Where a fragment or the store fails.
pub fn make(
    store: &Store,
    ply: &'static str,
    comment: &str,
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
) -> Result<PlyLayer, Error> {
    let key = layer_key(fragments, codec);
    let known = store.record::<LayerBlob>(KIND, &key)?;
    if let Some(blob) = known.filter(|blob| store.blob_path(&blob.digest).is_some()) {
        return Ok(PlyLayer::new(ply, comment.to_owned(), blob, true));
    }
    let mut writer = store.layer_writer()?;
    let blob = write_layer(fragments, codec, &store.fragments(), &mut writer)?;
    writer.commit(&blob)?;
    store.put_record(KIND, &key, &blob)?;
    Ok(PlyLayer::new(ply, comment.to_owned(), blob, false))
}

/// Starts a key for a ply's layer: what every ply's bytes depend on.
pub fn key(domain: &str, codec: Codec) -> KeyBuilder {
    KeyBuilder::new(domain)
        .number("format", u64::from(fourply_blob::FORMAT_VERSION))
        .field("codec", format!("{codec:?}"))
}
