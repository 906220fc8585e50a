//! Layers that stay unpacked in the store, for the next image that contains them. In: a layer, and the user of its
//! files. Out: its content, and the folder with its numbered files, read once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use fourply_blob::Inputs as _;
use fourply_store::{Store, Watch};

use crate::error::{Result, RootfsError};
use crate::metadata::layer::LayerContents;
use crate::metadata::read::LayerDigests;

fourply_store::record! {
    /// The content of a layer whose files are in the store, with modes for one user.
    struct UnpackedFor<'a> in UnpackedLayer, rules 2 => LayerContents {
        layer: &'a LayerDigests,
        user: &'a str,
    }
}

/// The layer. If it is not kept, `read` reads it into an empty folder.
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
    let gone = || RootfsError::layer(&layer.digest.to_string(), "", "its files disappeared from the store");
    Ok((known.into_inner().ok_or_else(gone)?, place))
}
