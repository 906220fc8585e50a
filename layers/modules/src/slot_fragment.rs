//! A tree as fragments of a layer: one with everything outside of the slots, and one for each slot.
//!
//! In: a [`Tree`], the folder in the image, an owner. Out: [`Fragment`]s, in the order in which they stand in a layer. Which layer
//! a slot goes to is not decided here: a slot's bytes and its key depend on nothing but the slot, the folder and the owner, so
//! services that use a package in the same way share its compressed bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use fourply_blob::{
    BlobError, EntriesFragment, Entry, Fragment, Key, KeyBuilder, LayerPath, Meta, PathError, TarWriter,
};
use fourply_store::Store;

use crate::tree::{Item, items};
use crate::{Node, Slot, Tree};

/// Whom the files of an image belong to, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// All fragments of a tree: first the links with all directories that slots lie in, then the slots, sorted by directory.
///
/// # Errors
/// Where a path of the tree cannot stand in a layer.
pub fn fragments(
    store: &Store,
    tree: &Tree,
    prefix: &LayerPath,
    owner: Owner,
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    let mut fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(links_fragment(tree, prefix, owner)?)];
    for slot in &tree.slots {
        fragments.push(Arc::new(SlotFragment::new(store, slot, prefix, owner)));
    }
    Ok(fragments)
}

/// What lies outside of the slots: `prefix` itself, the workspace's folders that hold a node_modules, and all links and shims there.
///
/// # Errors
/// Where a path of the tree cannot stand in a layer.
pub fn links_fragment(tree: &Tree, prefix: &LayerPath, owner: Owner) -> Result<EntriesFragment, PathError> {
    let mut entries = BTreeMap::new();
    entries.insert(prefix.clone(), Entry::Directory(Meta::directory(owner.uid, owner.gid)));
    for (path, node) in &tree.links {
        for (at, _) in path.match_indices('/') {
            let above = prefix.join(path.get(..at).unwrap_or_default())?;
            entries.entry(above).or_insert(Entry::Directory(Meta::directory(owner.uid, owner.gid)));
        }
        entries.insert(prefix.join(path)?, entry(node, owner));
    }
    Ok(EntriesFragment::new(entries))
}

fn entry(node: &Node, owner: Owner) -> Entry {
    match node {
        Node::Directory => Entry::Directory(Meta::directory(owner.uid, owner.gid)),
        Node::Symlink(target) => {
            Entry::Symlink { meta: Meta::symlink(owner.uid, owner.gid), target: target.clone() }
        }
        Node::File { executable, bytes } => {
            Entry::File { meta: Meta::file(*executable, owner.uid, owner.gid), bytes: bytes.clone() }
        }
    }
}

/// One slot. Its pack is opened when its bytes are asked for, and no sooner.
#[derive(Debug, Clone)]
pub struct SlotFragment {
    store: Store,
    slot: Arc<Slot>,
    prefix: LayerPath,
    owner: Owner,
}

impl SlotFragment {
    /// The fragment of `slot` below `prefix`.
    pub fn new(store: &Store, slot: &Slot, prefix: &LayerPath, owner: Owner) -> SlotFragment {
        SlotFragment { store: store.clone(), slot: Arc::new(slot.clone()), prefix: prefix.clone(), owner }
    }
}

impl Fragment for SlotFragment {
    fn key(&self) -> Key {
        let slot = &self.slot;
        let key = KeyBuilder::new("fourply slot v1")
            .field("pack", slot.pack)
            .field("prefix", self.prefix.as_str())
            .field("directory", &slot.dir)
            .field("package", &slot.package_dir)
            .number("uid", self.owner.uid.into())
            .number("gid", self.owner.gid.into());
        let key = add_paths(key, "executables", &slot.executables);
        let key = key.number("replaced", slot.replaced.len() as u64);
        let key = slot
            .replaced
            .iter()
            .fold(key, |key, (path, bytes)| key.field("path", path).field("bytes", bytes));
        let key = key.number("nodes", slot.nodes.len() as u64);
        slot.nodes.iter().fold(key, add_node).finish()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let opened = self.store.open_pack(&self.slot.pack);
        let pack = opened.map_err(|error| BlobError::fragment(error.category(), error.hint(), error))?;
        let Owner { uid, gid } = self.owner;
        for (path, item) in items(&self.slot, &pack) {
            let path = self.prefix.join(&path)?;
            match item {
                Item::Directory => tar.directory(&path, &Meta::directory(uid, gid))?,
                Item::Symlink(target) => tar.symlink(&path, &Meta::symlink(uid, gid), target)?,
                Item::File { executable, bytes } => {
                    tar.bytes(&path, &Meta::file(executable, uid, gid), bytes)?
                }
            }
        }
        Ok(())
    }

    /// A header for each node and what the layout wrote itself: how large the package is, only its pack knows.
    fn size_hint(&self) -> u64 {
        let written = |node: &Node| match node {
            Node::File { bytes, .. } => 512 + bytes.len() as u64,
            Node::Directory | Node::Symlink(_) => 512,
        };
        self.slot.nodes.values().map(written).sum()
    }
}

fn add_paths(key: KeyBuilder, name: &str, paths: &BTreeSet<String>) -> KeyBuilder {
    let key = key.number(name, paths.len() as u64);
    paths.iter().fold(key, |key, path| key.field("path", path))
}

fn add_node(key: KeyBuilder, (path, node): (&String, &Node)) -> KeyBuilder {
    let key = key.field("path", path);
    match node {
        Node::Directory => key.field("kind", "directory"),
        Node::Symlink(target) => key.field("kind", "symlink").field("target", target),
        Node::File { executable, bytes } => {
            key.field("kind", "file").number("executable", (*executable).into()).field("bytes", bytes)
        }
    }
}

#[cfg(test)]
mod tests;
