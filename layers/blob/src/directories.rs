//! Directories of lower layers. In: paths with metadata. Out: the metadata that a layer repeats for each directory
//! above its entries.

use std::collections::BTreeMap;

use crate::{LayerPath, Meta};

/// Metadata of directories by path, as the lower layers leave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directories(BTreeMap<LayerPath, Meta>);

impl Directories {
    /// The metadata that a layer must repeat for the directory `path` to leave it unchanged: that of the lower layers,
    /// or 0755 of root if they have no such directory.
    pub fn meta(&self, path: &LayerPath) -> Meta {
        self.0.get(path).cloned().unwrap_or_else(|| Meta::directory(0, 0))
    }
}

impl FromIterator<(LayerPath, Meta)> for Directories {
    fn from_iter<T: IntoIterator<Item = (LayerPath, Meta)>>(directories: T) -> Directories {
        Directories(directories.into_iter().collect())
    }
}
