//! Layers that stay unpacked in the store, for the next image that has them. In: a layer, whose files they are to be. Out: what it holds, and the
//! folder with its files under their numbers, read once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use fourply_blob::Inputs as _;
use fourply_store::{Store, Watch};

use crate::error::{Result, RootfsError};
use crate::metadata::layer::LayerContents;
use crate::metadata::read::LayerDigests;

fourply_store::record! {
    /// What a layer holds whose files lie in the store. They have the modes of one user's.
    struct UnpackedFor<'a> in UnpackedLayer, rules 2 => LayerContents {
        layer: &'a LayerDigests,
        user: &'a str,
    }
}

/// The layer, which `read` reads into an empty folder where it is not kept.
pub(super) fn layer(
    store: &Store,
    layer: &LayerDigests,
    user: &str,
    read: impl FnOnce(&Path) -> Result<LayerContents>,
) -> Result<(LayerContents, PathBuf)> {
    let record = UnpackedFor { layer, user };
    let place = store.root().join("unpacked").join(record.key().hex());
    let known = RefCell::new(None);
    let is_known = || {
        known.replace(store.get(&record));
        known.borrow().is_some()
    };
    store.kept_folder_if(&place, Watch::Contents, is_known, |files| {
        let contents = read(files)?;
        store.put(&record, &contents)?;
        known.replace(Some(contents));
        Ok::<_, RootfsError>(())
    })?;
    let gone = || RootfsError::layer(&layer.digest.to_string(), "", "what it holds went from the store");
    Ok((known.into_inner().ok_or_else(gone)?, place))
}
