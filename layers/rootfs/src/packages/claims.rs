//! Who has which path. Comes in: one package after the other, with how many items it has, and each item's path as it is resolved.
//! Goes out: the place of each item, or none. Whether a package may take a path from another is its manager's rule, not this one's.

use std::collections::BTreeMap;

use fourply_blob::LayerPath;

use crate::metadata::{RootfsMetadata, TreeKind};
use crate::tarball::What;

/// Where an item of a package is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPath {
    /// The real path, below the root.
    pub path: LayerPath,
    /// For a hard link: the path of the file, which precedes it.
    pub link: Option<LayerPath>,
}

fourply_blob::key_value!(WrittenPath { path, link });

/// The paths of all packages so far. Packages and items go by their numbers, in the order in which they came.
#[derive(Debug, Default)]
pub struct Claims {
    /// `None` is not written: a folder, something left out, or something another package has.
    places: Vec<Vec<Option<WrittenPath>>>,
    owners: BTreeMap<String, (usize, usize)>,
}

impl Claims {
    /// Begins the next package, which has so many items.
    pub fn begin(&mut self, items: usize) {
        self.places.push(vec![None; items]);
    }

    /// Whether an item has a place.
    pub fn has(&self, package: usize, item: usize) -> bool {
        self.places.get(package).and_then(|places| places.get(item)).is_some_and(Option::is_some)
    }

    /// The package that has a path.
    pub fn owner(&self, real: &str) -> Option<usize> {
        self.owners.get(real).map(|(package, _)| *package)
    }

    /// Gives an item its path; whoever had it has it no more. Whether somebody had it, and what the tree has there now.
    ///
    /// # Errors
    /// The reason: a hard link's file must be one of the same package, before it.
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
                    format!("it is a hard link to {target:?}, which is no file of the package before it")
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

    /// Gives an item a path at which nothing is written: what is there stays. Whoever had it has it no more.
    pub fn hold(&mut self, package: usize, item: usize, real: &str) {
        if let Some((other, item)) = self.owners.insert(real.to_owned(), (package, item)) {
            self.set(other, item, None);
        }
    }

    /// Writes an item at another path than the one that it has.
    pub fn beside(&mut self, package: usize, item: usize, path: LayerPath) {
        self.set(package, item, Some(WrittenPath { path, link: None }));
    }

    /// Whether an item has its path, written or not.
    pub fn holds(&self, package: usize, item: usize, real: &str) -> bool {
        self.owners.get(real) == Some(&(package, item))
    }

    /// Writes nothing at a path; whoever has it keeps it.
    pub fn unwrite(&mut self, path: &LayerPath) {
        if let Some((package, item)) = self.owners.get(path.as_str()).copied() {
            self.set(package, item, None);
        }
    }

    /// Takes the places that are to go, with their paths.
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

    /// The places of one package's items.
    pub fn of(&self, package: usize) -> &[Option<WrittenPath>] {
        self.places.get(package).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places of each package's items.
    pub fn into_places(self) -> Vec<Vec<Option<WrittenPath>>> {
        self.places
    }

    fn set(&mut self, package: usize, item: usize, place: Option<WrittenPath>) {
        if let Some(slot) = self.places.get_mut(package).and_then(|places| places.get_mut(item)) {
            *slot = place;
        }
    }
}
