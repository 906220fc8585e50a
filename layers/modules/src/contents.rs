//! A slot and its pack → every entry below the slot, in the order in which it is written.

use std::collections::BTreeMap;

use fourply_pnpm::{Node, Slot};
use fourply_store::{Pack, PackEntry, PackKind};

use crate::Rule;

/// What lies at a path of a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item<'a> {
    Directory,
    /// A symbolic link and its target.
    Symlink(&'a str),
    File {
        /// 0755, else 0644.
        executable: bool,
        content: Content<'a>,
    },
}

/// Where a file's content is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'a> {
    Bytes(&'a [u8]),
    /// In a pack: the slot's, or that of what lies beside it.
    Packed(&'a Pack, &'a PackEntry),
}

impl<'a> From<&'a Node> for Item<'a> {
    fn from(node: &'a Node) -> Item<'a> {
        match node {
            Node::Directory => Item::Directory,
            Node::Symlink(target) => Item::Symlink(target),
            Node::File { executable, bytes } => {
                Item::File { executable: *executable, content: Content::Bytes(bytes) }
            }
        }
    }
}

/// Every entry of a slot by its path below the workspace's root, the slot's own directory included. The order of the map has a
/// directory before what lies in it.
///
/// Where a node of the slot lies on the way to a file of the package, the node stays and the file is left out: pnpm writes its
/// links after the package, so the tarball's own content of that place is lost. `removed` are files of the package that are left
/// out; a directory of which nothing is left goes with them. What lies `beside` the package takes no place that is taken.
pub(crate) fn items<'a>(
    slot: &'a Slot,
    pack: &'a Pack,
    beside: Option<&'a Pack>,
    removed: &BTreeMap<String, Rule>,
) -> BTreeMap<String, Item<'a>> {
    let mut items: BTreeMap<String, Item<'a>> = BTreeMap::new();
    add_directories(&mut items, &slot.package_dir, slot.dir.len());
    items.insert(slot.package_dir.clone(), Item::Directory);
    for entry in pack.entries() {
        let path = format!("{}/{}", slot.package_dir, entry.path);
        if removed.contains_key(&entry.path) || is_covered(slot, &path) {
            continue;
        }
        let item = match &entry.kind {
            PackKind::Symlink { target } => Item::Symlink(target),
            PackKind::File { executable } => Item::File {
                executable: *executable || slot.executables.contains(&entry.path),
                content: match slot.replaced.get(&entry.path) {
                    Some(bytes) => Content::Bytes(bytes),
                    None => Content::Packed(pack, entry),
                },
            },
        };
        add_directories(&mut items, &path, slot.package_dir.len());
        items.insert(path, item);
    }
    for (path, node) in &slot.nodes {
        add_directories(&mut items, path, slot.dir.len());
        items.insert(path.clone(), Item::from(node));
    }
    for (pack, entry) in beside.iter().flat_map(|pack| pack.entries().iter().map(move |entry| (*pack, entry)))
    {
        let path = format!("{}/{}", slot.modules(), entry.path);
        let below = |folder: &str| items.get(folder).is_some_and(|item| !matches!(item, Item::Directory));
        if items.contains_key(&path) || above(&path, slot.dir.len()).any(below) {
            continue;
        }
        let item = match &entry.kind {
            PackKind::Symlink { target } => Item::Symlink(target),
            PackKind::File { executable } => {
                Item::File { executable: *executable, content: Content::Packed(pack, entry) }
            }
        };
        add_directories(&mut items, &path, slot.dir.len());
        items.insert(path, item);
    }
    items
}

/// Whether a node that is no directory lies at `path` or above it.
fn is_covered(slot: &Slot, path: &str) -> bool {
    let covers = |path: &str| slot.nodes.get(path).is_some_and(|node| *node != Node::Directory);
    covers(path) || above(path, slot.package_dir.len()).any(covers)
}

fn add_directories(items: &mut BTreeMap<String, Item<'_>>, path: &str, from: usize) {
    for directory in above(path, from) {
        if !items.contains_key(directory) {
            items.insert(directory.to_owned(), Item::Directory);
        }
    }
}

/// The directories above `path` that are `from` bytes long or longer, the outermost first.
fn above(path: &str, from: usize) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter(move |(at, _)| *at >= from).filter_map(|(at, _)| path.get(..at))
}
