//! The store that a command looks at. In: `--store`. Out: the store, which has to be there.

use std::path::PathBuf;

use fourply_store::Store;

use crate::Error;
use crate::environment::default_store;

/// The store in a folder that has to be one.
///
/// # Errors
/// Where it is none.
pub(super) fn existing(folder: Option<&PathBuf>) -> Result<Store, Error> {
    let folder = folder.cloned().map_or_else(default_store, Ok)?;
    if !folder.is_dir() {
        return Err(Error::user(format!("{} is no store", folder.display()), "name one: --store DIR"));
    }
    Ok(Store::open(&folder)?)
}
