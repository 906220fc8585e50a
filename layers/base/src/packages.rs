//! What packages of Alpine and of Debian have in common on their way into a layer. Comes in: what each kind found out about its
//! packages. Goes out: who has which path, a fragment for each package, a layer that the store remembers, and what the history
//! says of it. It must not know either kind's files, nor their rules.

mod claims;
mod fragment;

use std::sync::Arc;

use fourply_blob::{BlobError, Codec, Fragment, Key, LayerBlob, write_layer};
use fourply_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::layer::BaseLayer;

pub(crate) use claims::{Claims, Place};
pub(crate) use fragment::{Contents, Opens, PackageFragment, placed_key};

/// The layer that a list of packages became.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Became {
    pub layer: LayerBlob,
    /// Packages whose scripts were left out and may be missed.
    pub without_scripts: Vec<String>,
}

/// A layer that packages on top of a base became.
pub(crate) struct AddedLayer {
    pub layer: BaseLayer,
    /// What the image's history says of it.
    pub history: Value,
    /// Packages whose scripts were left out and may be missed.
    pub without_scripts: Vec<String>,
}

/// The layer that the store remembers under this key, if it has its blob, too.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) fn remembered(store: &Store, record: &str, key: &Key) -> Result<Option<Became>, StoreError> {
    let known = store.record::<Became>(record, key)?;
    Ok(known.filter(|known| store.blob_path(&known.layer.digest).is_some()))
}

/// Writes fragments as one layer into the store.
///
/// # Errors
/// Where a fragment or the store fails.
pub(crate) fn write<E: From<BlobError> + From<StoreError>>(
    fragments: &[Arc<dyn Fragment>],
    store: &Store,
) -> Result<LayerBlob, E> {
    let mut blob = store.layer_writer()?;
    let layer = write_layer(fragments, Codec::Gzip, &store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    Ok(layer)
}

/// Which packages are in a layer, for the image's history. `what` stands before them; `scripts` is the manager's word for those
/// that were not run.
pub(crate) fn history<'p>(
    what: &str,
    packages: impl Iterator<Item = (&'p str, &'p str)>,
    scripts: &str,
    became: &Became,
) -> Value {
    let listed: Vec<String> = packages.map(|(name, version)| format!("{name}={version}")).collect();
    let mut entry = json!({ "created_by": format!("{what}: {}", listed.join(" ")) });
    if let (false, Some(fields)) = (became.without_scripts.is_empty(), entry.as_object_mut()) {
        let names = became.without_scripts.join(" ");
        fields.insert("comment".into(), json!(format!("{scripts} were not run: {names}")));
    }
    entry
}
