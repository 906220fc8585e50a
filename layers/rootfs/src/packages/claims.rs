//! The owner of each path. In: packages in order, with the number of items and each item's resolved path. Out: the
//! location of each item, or `None`. Whether a package may take a path from another is decided by its package manager's
//! rules.

use std::collections::BTreeMap;

use fourply_blob::LayerPath;

use crate::metadata::{RootfsMetadata, TreeKind};
use crate::tarball::What;

/// The location at which an item is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPath {
    /// The real path, below the root.
    pub path: LayerPath,
    /// For a hard link: the path of the file, which comes before it.
    pub link: Option<LayerPath>,
}

fourply_blob::key_value!(WrittenPath { path, link });

/// The paths of all packages so far. Packages and items have numbers, in order of arrival.
#[derive(Debug, Default)]
pub struct Claims {
    /// `None` is not written: a folder, an omitted item, or a path of another package.
    places: Vec<Vec<Option<WrittenPath>>>,
    owners: BTreeMap<String, (usize, usize)>,
}

impl Claims {
    /// Begins the next package, with this many items.
    pub fn begin(&mut self, items: usize) {
        self.places.push(vec![None; items]);
    }

    /// Whether an item has a location.
    pub fn has(&self, package: usize, item: usize) -> bool {
        self.places.get(package).and_then(|places| places.get(item)).is_some_and(Option::is_some)
    }

    /// The package that owns a path.
    pub fn owner(&self, real: &str) -> Option<usize> {
        self.owners.get(real).map(|(package, _)| *package)
    }

    /// Gives an item its path and takes it from its previous owner. Returns whether there was one, and the current tree
    /// entry.
    ///
    /// # Errors
    /// The reason: the target of a hard link must be an earlier file of the same package.
    pub fn give(
        &mut self,
        tree: &RootfsMetadata,
        package: usize,
        item: usize,
        what: &What,
        path: LayerPath,
    ) -> Result<(bool, TreeKind), String> {
        let (kind, link) = match what {
            What::Symlink(target) => (TreeKind::Symlink(target.clone()), None),
            What::File(size) => (TreeKind::File(*size), None),
            What::Directory => (TreeKind::Directory, None),
            What::Hardlink(target) => {
                let file = self.link_target(tree, package, target).ok_or_else(|| {
                    format!("it is a hard link to {target:?}, which is not an earlier file of the package")
                })?;
                (TreeKind::File(0), Some(file))
            }
        };
        let before = self.owners.insert(path.as_str().to_owned(), (package, item));
        if let Some((other, item)) = before {
            self.set(other, item, None);
        }
        self.set(package, item, Some(WrittenPath { path, link }));
        Ok((before.is_some(), kind))
    }

    /// Gives an item a path without writing it: existing content stays. The previous owner loses the path.
    pub fn hold(&mut self, package: usize, item: usize, real: &str) {
        if let Some((other, item)) = self.owners.insert(real.to_owned(), (package, item)) {
            self.set(other, item, None);
        }
    }

    /// Writes an item at a different path than its own.
    pub fn beside(&mut self, package: usize, item: usize, path: LayerPath) {
        self.set(package, item, Some(WrittenPath { path, link: None }));
    }

    /// Whether an item owns its path, written or not.
    pub fn holds(&self, package: usize, item: usize, real: &str) -> bool {
        self.owners.get(real) == Some(&(package, item))
    }

    /// Writes nothing at a path; its owner keeps it.
    pub fn unwrite(&mut self, path: &LayerPath) {
        if let Some((package, item)) = self.owners.get(path.as_str()).copied() {
            self.set(package, item, None);
        }
    }

    /// Removes the matching locations, with their paths.
    pub fn drop_where(&mut self, goes: impl Fn(&LayerPath) -> bool) {
        for place in self.places.iter_mut().flatten() {
            if let Some(place) = place.take_if(|place| goes(&place.path)) {
                self.owners.remove(place.path.as_str());
            }
        }
    }

    fn link_target(&self, tree: &RootfsMetadata, package: usize, target: &str) -> Option<LayerPath> {
        let real = tree.real_path(target).filter(|real| self.owner(real) == Some(package))?;
        let is_file = matches!(tree.entries.get(&real)?.kind, TreeKind::File(_));
        LayerPath::new(real).ok().filter(|_| is_file)
    }

    pub fn written(&self) -> impl Iterator<Item = &WrittenPath> {
        self.places.iter().flatten().flatten()
    }

    /// The locations of one package's items.
    pub fn of(&self, package: usize) -> &[Option<WrittenPath>] {
        self.places.get(package).map(Vec::as_slice).unwrap_or_default()
    }

    /// The locations of each package's items.
    pub fn into_places(self) -> Vec<Vec<Option<WrittenPath>>> {
        self.places
    }

    fn set(&mut self, package: usize, item: usize, place: Option<WrittenPath>) {
        if let Some(slot) = self.places.get_mut(package).and_then(|places| places.get_mut(item)) {
            *slot = place;
        }
    }
}
