//! Layers that stay unpacked in the store, for the next image that has them. In: a layer, whose files they are to be. Out: what it holds, and the
//! folder with its files under their numbers, read once.

use std::path::{Path, PathBuf};

use fourply_blob::Inputs as _;
use fourply_store::Store;

use crate::error::Result;
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
    if place.is_dir()
        && let Some(contents) = store.get(&record)
    {
        store.mark_used(&place);
        return Ok((contents, place));
    }
    let made = tempfile::TempDir::new_in(store.tmp())?;
    let files = made.path().join("files");
    fs_err::create_dir(&files)?;
    let contents = read(&files)?;
    store.put(&record, &contents)?;
    fs_err::create_dir_all(store.root().join("unpacked"))?;
    match fs_err::rename(&files, &place) {
        // Another process was faster: its files are the same.
        Err(_) if place.is_dir() => {}
        renamed => renamed?,
    }
    Ok((contents, place))
}
