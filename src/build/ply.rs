//! From fragments to a layer in the store, or from their key to the layer that is there already.

use std::sync::Arc;

use fourply_blob::{Codec, Digest, Fragment, Key, KeyBuilder, LayerBlob, layer_key, write_layer};
use fourply_store::Store;

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

/// The store's name for records of layers.
const KIND: &str = "layer";

impl PlyLayer {
    fn new(ply: &'static str, comment: String, blob: LayerBlob, cached: bool) -> PlyLayer {
        PlyLayer { ply, comment, digest: blob.digest, size: blob.size, blob, cached }
    }
}

/// The layer that was made from these inputs before, if its blob is still there.
///
/// # Errors
/// Where the store cannot be read.
pub fn known(store: &Store, ply: &'static str, comment: &str, key: &Key) -> Result<Option<PlyLayer>, Error> {
    let Some(blob) = store.record::<LayerBlob>(KIND, key)? else { return Ok(None) };
    if store.blob_path(&blob.digest).is_none() {
        return Ok(None);
    }
    Ok(Some(PlyLayer::new(ply, comment.to_owned(), blob, true)))
}

/// Makes the layer, unless the same fragments made it before, and remembers it under `key` too.
///
/// # Errors
/// Where a fragment or the store fails.
pub fn make(
    store: &Store,
    ply: &'static str,
    comment: &str,
    key: Option<&Key>,
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
) -> Result<PlyLayer, Error> {
    let content = layer_key(fragments, codec);
    if let Some(layer) = known(store, ply, comment, &content)? {
        remember(store, key, &layer.blob)?;
        return Ok(layer);
    }
    let mut writer = store.blob_writer()?;
    let blob = write_layer(fragments, codec, &store.fragments(), &mut writer)?;
    writer.commit(Some(&blob.digest))?;
    store.put_record(KIND, &content, &blob)?;
    remember(store, key, &blob)?;
    Ok(PlyLayer::new(ply, comment.to_owned(), blob, false))
}

fn remember(store: &Store, key: Option<&Key>, blob: &LayerBlob) -> Result<(), Error> {
    key.map_or(Ok(()), |key| store.put_record(KIND, key, blob)).map_err(Error::from)
}

/// Starts a key for a ply's layer: what every ply's bytes depend on.
pub fn key(domain: &str, codec: Codec) -> KeyBuilder {
    KeyBuilder::new(domain)
        .number("format", u64::from(fourply_blob::FORMAT_VERSION))
        .field("codec", format!("{codec:?}"))
}
