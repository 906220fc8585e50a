//! What all kinds of packages have in common on their way into a layer. Comes in: what each kind found out about its packages. Goes
//! out: who has which path, a fragment for each package, and a layer that the store remembers. It must not know any kind's files, nor
//! their rules.

mod claims;
mod fragment;

use std::sync::Arc;

use fourply_blob::{BlobError, Codec, Fragment, Key, LayerBlob, write_layer};
use fourply_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

pub use claims::{Claims, Place};
pub use fragment::{Contents, Opens, PackageFragment, placed_key};

/// The layer that was built of a list of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltLayer {
    /// Its blob, which lies in the store.
    pub layer: LayerBlob,
    /// Packages whose scripts were left out and may be missed.
    pub without_scripts: Vec<String>,
}

/// The layer that the store remembers under this key, if it has its blob, too. `record` is the kind of the record.
///
/// # Errors
/// Where the store cannot be read.
pub fn remembered(store: &Store, record: &str, key: &Key) -> Result<Option<BuiltLayer>, StoreError> {
    let known = store.record::<BuiltLayer>(record, key)?;
    Ok(known.filter(|known| store.blob_path(&known.layer.digest).is_some()))
}

/// Writes fragments as one layer into the store.
///
/// # Errors
/// Where a fragment or the store fails.
pub fn write<E: From<BlobError> + From<StoreError>>(
    fragments: &[Arc<dyn Fragment>],
    store: &Store,
) -> Result<LayerBlob, E> {
    let mut blob = store.layer_writer()?;
    let layer = write_layer(fragments, Codec::Gzip, &store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    Ok(layer)
}
