//! Shared by all kinds of packages on their way into a layer. In: the findings of each kind about its packages. Out:
//! the owner of each path, a fragment for each package, and a layer that the store remembers. It does not know any
//! kind's files or rules.

mod claims;
mod fragment;
mod listed;

use std::fmt;
use std::sync::Arc;

use fourply_blob::{BlobError, Codec, Fragment, LayerBlob, write_layer};
use fourply_store::{Record, Store, StoreError};
use serde::{Deserialize, Serialize};

pub use claims::{Claims, WrittenPath};
pub use fragment::{Opens, PackageFragment, PackageMembers};
pub use listed::ListedPackage;

/// The layer built from a list of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageLayer {
    /// Its blob, which is in the store.
    pub layer: LayerBlob,
    /// Packages with skipped scripts that may matter.
    pub without_scripts: Vec<UnrunScripts>,
}

/// A package, and its skipped scripts that may matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnrunScripts {
    pub package: String,
    /// In the package manager's notation.
    pub scripts: Vec<String>,
}

impl fmt::Display for UnrunScripts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.package, self.scripts.join(" and "))
    }
}

/// The layer that the store remembers for these inputs, if its blob is also there.
pub fn remembered<R: Record<Value = PackageLayer>>(store: &Store, inputs: &R) -> Option<PackageLayer> {
    store.get(inputs).filter(|known| store.blob_of_size(&known.layer.digest, known.layer.size).is_some())
}

/// Writes fragments as one layer into the store.
///
/// # Errors
/// A fragment or the store fails.
pub fn write<E: From<BlobError> + From<StoreError>>(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    store: &Store,
) -> Result<LayerBlob, E> {
    let mut blob = store.layer_writer()?;
    let layer = write_layer(fragments, codec, &store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    Ok(layer)
}
