//! Directories that the layers below have. In: paths with metadata. Out: what a layer repeats for each directory above its entries.

use std::collections::BTreeMap;

use crate::{LayerPath, Meta};

/// Metadata of directories by path: those that a layer may meet, as the layers below left them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directories(BTreeMap<LayerPath, Meta>);

impl Directories {
    /// What a layer must repeat for the directory `path` so as not to change it: its metadata below, or 0755 of root where there is
    /// no such directory yet.
    pub fn meta(&self, path: &LayerPath) -> Meta {
        self.0.get(path).cloned().unwrap_or_else(|| Meta::directory(0, 0))
    }
}

impl FromIterator<(LayerPath, Meta)> for Directories {
    fn from_iter<T: IntoIterator<Item = (LayerPath, Meta)>>(directories: T) -> Directories {
        Directories(directories.into_iter().collect())
    }
}
