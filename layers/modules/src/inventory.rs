//! The content of a stage's layers without file contents, for checks and reports. In: the tree that the layers were
//! written from. Out: an [`Inventory`], kept with the layers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::Key;
use fourply_pnpm::{Node, Slot, Tree};
use fourply_store::{Store, StoreError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{ModulesError, NativeFile, Prune, native_files};

/// Everything in an image's node_modules folders, except files that a build generated there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// Sorted by folder.
    pub packages: Vec<InstalledPackage>,
    /// Links, shims and folders that are not files of packages, by path relative to the workspace's root.
    pub nodes: BTreeMap<String, InstalledNode>,
}

/// One package of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledPackage {
    /// `name@version` with its suffix, from the lockfile.
    pub dep_path: String,
    /// Its folder, relative to the workspace's root.
    pub folder: String,
    /// The archive of its files.
    pub pack: Key,
    /// Paths that are executable although the archive does not mark them.
    pub executables: BTreeSet<String>,
    /// Paths of the archive that the image leaves out.
    pub left_out: BTreeSet<String>,
    /// The bytes of its files, without those left out.
    pub size: u64,
    /// Its native modules and libraries in the image.
    pub natives: Vec<NativeFile>,
    /// Files that its install scripts left next to it: paths relative to [`InstalledPackage::modules`].
    #[serde(default)]
    pub beside: Option<Key>,
}

impl InstalledPackage {
    /// The node_modules folder that contains it.
    pub fn modules(&self) -> &str {
        let above = |path: &str| path.rfind('/').unwrap_or(0);
        let scope = self.folder.get(..above(&self.folder)).unwrap_or_default();
        let is_scope = scope.rsplit('/').next().is_some_and(|name| name.starts_with('@'));
        if is_scope { scope.get(..above(scope)).unwrap_or_default() } else { scope }
    }
}

/// An entry that is not a file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstalledNode {
    #[serde(rename = "d")]
    Directory,
    /// A link and its target.
    #[serde(rename = "l")]
    Link(String),
    /// A file with the start of its text.
    #[serde(rename = "f")]
    File(bool, String),
}

fourply_store::record! {
    /// The content of a stage's layers.
    struct InventoryOf<'a> in Inventory, rules 2 => Inventory {
        layers: &'a Key,
    }
}

/// How much of a shim's text is kept. It is enough for every shim of pnpm.
const SHIM: usize = 4096;

impl Inventory {
    /// Whether the inventory of this key's layers is kept.
    pub(crate) fn is_kept(store: &Store, layers: &Key) -> bool {
        store.has(&InventoryOf { layers })
    }

    /// The inventory of this key's layers.
    pub(crate) fn kept(store: &Store, layers: &Key) -> Option<Inventory> {
        store.get(&InventoryOf { layers })
    }

    /// Keeps the inventory of this key's layers.
    ///
    /// # Errors
    /// The record cannot be written.
    pub(crate) fn keep(&self, store: &Store, layers: &Key) -> Result<(), StoreError> {
        store.put(&InventoryOf { layers }, self)
    }

    /// The inventory of a tree, without the files that `prune` leaves out.
    ///
    /// # Errors
    /// A package cannot be read.
    pub(crate) fn of(
        tree: &Tree,
        store: &Store,
        prune: Option<&Arc<Prune>>,
    ) -> Result<Inventory, ModulesError> {
        let packages = tree.slots.par_iter().map(|slot| package(slot, store, prune));
        let mut packages = packages.collect::<Result<Vec<_>, ModulesError>>()?;
        packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        let nodes = tree.slots.iter().flat_map(|slot| &slot.nodes).chain(&tree.links);
        let nodes = nodes.map(|(path, node)| (path.clone(), InstalledNode::from(node))).collect();
        Ok(Inventory { packages, nodes })
    }

    /// The package whose folder is at or above a path, and the path inside it.
    pub fn owner<'p>(&self, path: &'p str) -> Option<(&InstalledPackage, &'p str)> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).rev();
        ends.filter_map(|end| path.get(..end)).find_map(|folder| {
            let index = self.packages.binary_search_by(|package| package.folder.as_str().cmp(folder)).ok()?;
            Some((self.packages.get(index)?, path.get(folder.len()..)?.trim_start_matches('/')))
        })
    }
}

fn package(slot: &Slot, store: &Store, prune: Option<&Arc<Prune>>) -> Result<InstalledPackage, ModulesError> {
    let pack = store.open_pack(&slot.pack)?;
    let removals = prune.map(|prune| prune.removals(store, &pack, &slot.dep_path)).transpose()?;
    let left_out: BTreeSet<String> = removals.unwrap_or_default().into_keys().collect();
    let there = pack.entries().iter().filter(|entry| !left_out.contains(&entry.path));
    let size = there.map(fourply_store::PackEntry::size).sum();
    let mut natives = native_files(store, &slot.pack)?;
    natives.retain(|file| !left_out.contains(&file.path));
    Ok(InstalledPackage {
        dep_path: slot.dep_path.to_string(),
        folder: slot.package_dir.clone(),
        pack: slot.pack,
        executables: slot.executables.clone(),
        left_out,
        size,
        natives,
        beside: slot.beside,
    })
}

impl From<&Node> for InstalledNode {
    fn from(node: &Node) -> InstalledNode {
        match node {
            Node::Directory => InstalledNode::Directory,
            Node::Symlink(target) => InstalledNode::Link(target.clone()),
            Node::File { executable, bytes } => {
                let start = bytes.get(..SHIM).unwrap_or(bytes);
                InstalledNode::File(*executable, String::from_utf8_lossy(start).into_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests;
