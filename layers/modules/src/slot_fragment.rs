//! A tree as fragments of layers: one with everything outside the slots, and one for each slot.
//!
//! In: a [`Tree`], its [`ImagePlacement`] in the image, the slots of each layer. Out: [`Fragment`]s in layer order. A
//! slot's bytes and key depend only on the slot and the placement, so services that use a package in the same way share
//! its compressed bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use fourply_blob::{
    BlobError, Directories, EntriesFragment, Entry, Fragment, Inputs as _, Key, LayerPath, Meta, PathError,
    TarWriter,
};
use fourply_pnpm::{DepPath, Node, SharedLayer, Slot, Tree};
use fourply_store::{Pack, PackEntry, Store, StoreError};

use crate::Prune;
use crate::contents::{FileContent, SlotItem, items, package_items};

/// The owner of an image's files, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub uid: u32,
    pub gid: u32,
}

/// The location of a tree in an image, and which part of it.
pub(crate) struct ImagePlacement<'a> {
    /// The folder of the workspace's root.
    pub prefix: &'a LayerPath,
    /// The owner of everything.
    pub owner: Owner,
    /// The directories that lower layers already have.
    pub directories: &'a Directories,
    /// Which files are left out of packages; `None` leaves out none.
    pub prune: Option<&'a Arc<Prune>>,
}

/// The fragments of a service's own layer: first the links and all directories around slots, then the slots that are in
/// none of the `shared` layers, sorted by directory.
///
/// # Errors
/// A path of the tree that is not valid in a layer.
pub(crate) fn own_fragments(
    store: &Store,
    tree: &Tree,
    site: &ImagePlacement<'_>,
    shared: &[&SharedLayer],
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    let is_own = |slot: &&Slot| shared.iter().all(|it| !it.packages.contains(&slot.dep_path));
    let own: Vec<&Slot> = tree.slots.iter().filter(is_own).collect();
    let mut links = links_entries(tree, site)?;
    add_directories(&mut links, &own, site)?;
    let links: Arc<dyn Fragment> = Arc::new(EntriesFragment::new(links));
    let own = own.into_iter().map(|slot| SlotFragment::shared(store, slot, site));
    Ok(std::iter::once(links).chain(own).collect())
}

/// The fragments of a layer that several services share, with the packages from this service's `tree`: first the
/// directories around slots, then the slots, sorted by directory.
///
/// # Errors
/// A path of the tree that is not valid in a layer.
pub(crate) fn shared_fragments(
    store: &Store,
    tree: &Tree,
    site: &ImagePlacement<'_>,
    layer: &SharedLayer,
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    fragments_of(tree, site, &layer.packages, |slot| SlotFragment::shared(store, slot, site))
}

/// The fragments of a layer with these packages: first the directories around them, then the result of `fragment` for
/// each, sorted by directory.
///
/// # Errors
/// A path of the tree that is not valid in a layer.
pub(crate) fn fragments_of(
    tree: &Tree,
    site: &ImagePlacement<'_>,
    packages: &BTreeSet<DepPath>,
    fragment: impl Fn(&Slot) -> Arc<dyn Fragment>,
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    let slots: Vec<&Slot> = tree.slots.iter().filter(|slot| packages.contains(&slot.dep_path)).collect();
    let mut above = BTreeMap::new();
    add_directories(&mut above, &slots, site)?;
    let above: Arc<dyn Fragment> = Arc::new(EntriesFragment::new(above));
    Ok(std::iter::once(above).chain(slots.into_iter().map(fragment)).collect())
}

/// Adds the directories around the slots of one layer, except those that one of the slots adds itself.
fn add_directories(
    entries: &mut BTreeMap<LayerPath, Entry>,
    slots: &[&Slot],
    site: &ImagePlacement<'_>,
) -> Result<(), PathError> {
    let brought: BTreeSet<&str> = slots.iter().map(|slot| slot.dir.as_str()).collect();
    for slot in slots {
        let folders = slot.dir.match_indices('/').filter_map(|(at, _)| slot.dir.get(..at));
        let mut directories: Vec<LayerPath> = site.prefix.ancestors().collect();
        directories.push(site.prefix.clone());
        for folder in folders.take_while(|folder| !brought.contains(folder)) {
            directories.push(site.prefix.join(folder)?);
        }
        for directory in directories {
            let meta = site.directories.meta(&directory);
            entries.entry(directory).or_insert(Entry::Directory(meta));
        }
    }
    Ok(())
}

/// The entries outside the slots: `prefix` itself with everything above it, the workspace folders with a node_modules,
/// and all links and shims there.
pub(crate) fn links_entries(
    tree: &Tree,
    site: &ImagePlacement<'_>,
) -> Result<BTreeMap<LayerPath, Entry>, PathError> {
    let directory = |path: &LayerPath| Entry::Directory(site.directories.meta(path));
    let mut entries: BTreeMap<LayerPath, Entry> = site
        .prefix
        .ancestors()
        .chain([site.prefix.clone()])
        .map(|path| (path.clone(), directory(&path)))
        .collect();
    for (path, node) in &tree.links {
        for (at, _) in path.match_indices('/') {
            let above = site.prefix.join(path.get(..at).unwrap_or_default())?;
            entries.entry(above).or_insert_with_key(directory);
        }
        let path = site.prefix.join(path)?;
        let entry = if *node == Node::Directory { directory(&path) } else { entry(node, site.owner) };
        entries.insert(path, entry);
    }
    Ok(entries)
}

pub(crate) fn entry(node: &Node, owner: Owner) -> Entry {
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

/// One slot. Its archive is opened only when its bytes are needed.
#[derive(Debug, Clone)]
pub(crate) struct SlotFragment {
    store: Store,
    slot: Arc<Slot>,
    prefix: LayerPath,
    owner: Owner,
    prune: Option<Arc<Prune>>,
    part: SlotPart,
}

/// The part of a slot in a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SlotPart {
    Whole,
    /// All except the slot's nodes.
    Package,
}

impl SlotFragment {
    /// The fragment of `slot`.
    pub fn new(store: &Store, slot: &Slot, site: &ImagePlacement<'_>) -> SlotFragment {
        SlotFragment {
            store: store.clone(),
            slot: Arc::new(slot.clone()),
            prefix: site.prefix.clone(),
            owner: site.owner,
            prune: site.prune.cloned(),
            part: SlotPart::Whole,
        }
    }

    /// The fragment of `slot` without its nodes. The targets and contents of nodes are not part of its key. For a node
    /// that is not a directory, only its path counts, because no file of the package may be there.
    pub(crate) fn package(store: &Store, slot: &Slot, site: &ImagePlacement<'_>) -> SlotFragment {
        let place = |node: &Node| match node {
            Node::Directory => Node::Directory,
            Node::Symlink(_) | Node::File { .. } => Node::Symlink(String::new()),
        };
        let nodes = slot.nodes.iter().map(|(path, node)| (path.clone(), place(node))).collect();
        let slot = Slot { nodes, ..slot.clone() };
        SlotFragment { part: SlotPart::Package, ..SlotFragment::new(store, &slot, site) }
    }

    fn shared(store: &Store, slot: &Slot, site: &ImagePlacement<'_>) -> Arc<dyn Fragment> {
        Arc::new(SlotFragment::new(store, slot, site))
    }
}

fourply_blob::inputs! {
    /// Every input of the entries of one slot.
    struct SlotInputs<'a>: "slot", rules 2 {
        slot: &'a Slot,
        prefix: &'a LayerPath,
        uid: u32,
        gid: u32,
        /// The key of the prune rules.
        prune: Option<Key>,
    }
}

fourply_blob::inputs! {
    /// Every input of the entries of one slot without its nodes.
    struct SlotPackageInputs<'a>: "slot package", rules 1 {
        /// Of its nodes, only the paths count.
        slot: &'a Slot,
        prefix: &'a LayerPath,
        uid: u32,
        gid: u32,
        /// The key of the prune rules.
        prune: Option<Key>,
    }
}

impl Fragment for SlotFragment {
    fn key(&self) -> Key {
        let SlotFragment { slot, prefix, owner: Owner { uid, gid }, .. } = self;
        let (uid, gid, prune) = (*uid, *gid, self.prune.as_ref().map(|prune| prune.key()));
        match self.part {
            SlotPart::Whole => SlotInputs { slot, prefix, uid, gid, prune }.key(),
            SlotPart::Package => SlotPackageInputs { slot, prefix, uid, gid, prune }.key(),
        }
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let failed = |error: StoreError| BlobError::fragment(error.category(), error);
        let pack = self.store.open_pack(&self.slot.pack).map_err(failed)?;
        let beside = self.slot.beside.map(|pack| self.store.open_pack(&pack)).transpose().map_err(failed)?;
        let removed =
            self.prune.as_ref().map(|prune| prune.removals(&self.store, &pack, &self.slot.dep_path));
        let removed = removed.transpose().map_err(failed)?.unwrap_or_default();
        let items = match self.part {
            SlotPart::Whole => items(&self.slot, &pack, beside.as_deref(), &removed),
            SlotPart::Package => package_items(&self.slot, &pack, beside.as_deref(), &removed),
        };
        let Owner { uid, gid } = self.owner;
        for (path, item) in items {
            let path = self.prefix.join(&path)?;
            match item {
                SlotItem::Directory => tar.directory(&path, &Meta::directory(uid, gid))?,
                SlotItem::Symlink(target) => tar.symlink(&path, &Meta::symlink(uid, gid), target)?,
                SlotItem::File { executable, content } => {
                    let meta = Meta::file(executable, uid, gid);
                    match content {
                        FileContent::Bytes(bytes) => tar.bytes(&path, &meta, bytes)?,
                        FileContent::Packed(pack, entry) => write_packed(tar, &path, &meta, pack, entry)?,
                    }
                }
            }
        }
        Ok(())
    }

    /// The archive's size, plus a header for each node and the files that the layout wrote. Headers of the package's
    /// files are not counted.
    fn size_hint(&self) -> u64 {
        let written = |node: &Node| match node {
            Node::File { bytes, .. } => 512 + bytes.len() as u64,
            Node::Directory | Node::Symlink(_) => 512,
        };
        self.store.pack_size(&self.slot.pack) + self.slot.nodes.values().map(written).sum::<u64>()
    }
}

/// A file of an archive, in one piece if it is in memory.
///
/// # Errors
/// Errors of the tar, and of reading a large archive.
pub fn write_packed(
    tar: &mut TarWriter<&mut dyn Write>,
    path: &LayerPath,
    meta: &Meta,
    pack: &Pack,
    entry: &PackEntry,
) -> Result<(), BlobError> {
    match pack.in_memory(entry) {
        Some(bytes) => tar.bytes(path, meta, bytes),
        None => tar.file(path, meta, entry.size(), &mut pack.reader(entry)),
    }
}

#[cfg(test)]
mod tests;
