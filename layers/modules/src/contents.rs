//! A slot and its archive → every entry below the slot, in write order.

use std::collections::BTreeMap;

use fourply_pnpm::{Node, Slot};
use fourply_store::{Pack, PackEntry, PackKind};

use crate::PruneRule;

/// The entry at a path of a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SlotItem<'a> {
    Directory,
    /// A symbolic link and its target.
    Symlink(&'a str),
    File {
        /// 0755, else 0644.
        executable: bool,
        content: FileContent<'a>,
    },
}

/// The location of a file's content.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FileContent<'a> {
    Bytes(&'a [u8]),
    /// In an archive: the slot's, or the one of the files next to it.
    Packed(&'a Pack, &'a PackEntry),
}

impl<'a> From<&'a Node> for SlotItem<'a> {
    fn from(node: &'a Node) -> SlotItem<'a> {
        match node {
            Node::Directory => SlotItem::Directory,
            Node::Symlink(target) => SlotItem::Symlink(target),
            Node::File { executable, bytes } => {
                SlotItem::File { executable: *executable, content: FileContent::Bytes(bytes) }
            }
        }
    }
}

/// Every entry of a slot by its path below the workspace's root, including the slot's own directory. The map's order
/// puts a directory before its content.
///
/// If a node of the slot is on the path to a file of the package, the node stays and the file is left out: pnpm writes
/// its links after the package, so the tarball's content there is lost. The same holds for content where another slot
/// is nested. `removed` are files of the package that are left out; a directory that becomes empty is left out as well.
/// Files `beside` the package never replace others.
pub(crate) fn items<'a>(
    slot: &'a Slot,
    pack: &'a Pack,
    beside: Option<&'a Pack>,
    removed: &BTreeMap<String, PruneRule>,
) -> BTreeMap<String, SlotItem<'a>> {
    let mut items: BTreeMap<String, SlotItem<'a>> = BTreeMap::new();
    add_directories(&mut items, &slot.package_dir, slot.dir.len());
    items.insert(slot.package_dir.clone(), SlotItem::Directory);
    for entry in pack.entries() {
        let path = format!("{}/{}", slot.package_dir, entry.path);
        if removed.contains_key(&entry.path) || is_covered(slot, &path) {
            continue;
        }
        let item = match &entry.kind {
            PackKind::Symlink { target } => SlotItem::Symlink(target),
            PackKind::File { executable } => SlotItem::File {
                executable: *executable || slot.executables.contains(&entry.path),
                content: match slot.replaced.get(&entry.path) {
                    Some(bytes) => FileContent::Bytes(bytes),
                    None => FileContent::Packed(pack, entry),
                },
            },
        };
        add_directories(&mut items, &path, slot.package_dir.len());
        items.insert(path, item);
    }
    for (path, node) in &slot.nodes {
        add_directories(&mut items, path, slot.dir.len());
        items.insert(path.clone(), SlotItem::from(node));
    }
    for (pack, entry) in beside.iter().flat_map(|pack| pack.entries().iter().map(move |entry| (*pack, entry)))
    {
        let modules = slot.modules();
        let (path, inside) = (format!("{modules}/{}", entry.path), modules.len() + 1);
        let below = |folder: &str| items.get(folder).is_some_and(|item| !matches!(item, SlotItem::Directory));
        if items.contains_key(&path) || above(&path, inside).any(below) {
            continue;
        }
        let item = match &entry.kind {
            PackKind::Symlink { target } => SlotItem::Symlink(target),
            PackKind::File { executable } => {
                SlotItem::File { executable: *executable, content: FileContent::Packed(pack, entry) }
            }
        };
        add_directories(&mut items, &path, inside);
        items.insert(path, item);
    }
    items
}

/// [`items`] without the slot's nodes, and without the directories that contain only nodes.
pub(crate) fn package_items<'a>(
    slot: &'a Slot,
    pack: &'a Pack,
    beside: Option<&'a Pack>,
    removed: &BTreeMap<String, PruneRule>,
) -> BTreeMap<String, SlotItem<'a>> {
    let without = Slot { nodes: BTreeMap::new(), ..slot.clone() };
    let there = items(&without, pack, beside, removed);
    let mut items = items(slot, pack, beside, removed);
    items.retain(|path, _| there.contains_key(path) && !slot.nodes.contains_key(path));
    items
}

/// Whether another slot, or a node that is not a directory, is at `path` or above it.
fn is_covered(slot: &Slot, path: &str) -> bool {
    let covers = |path: &str| {
        slot.nested.contains(path) || slot.nodes.get(path).is_some_and(|node| *node != Node::Directory)
    };
    covers(path) || above(path, slot.package_dir.len()).any(covers)
}

fn add_directories(items: &mut BTreeMap<String, SlotItem<'_>>, path: &str, from: usize) {
    for directory in above(path, from) {
        if !items.contains_key(directory) {
            items.insert(directory.to_owned(), SlotItem::Directory);
        }
    }
}

/// The directories above `path` that are at least `from` bytes long, the outermost first.
fn above(path: &str, from: usize) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter(move |(at, _)| *at >= from).filter_map(|(at, _)| path.get(..at))
}
