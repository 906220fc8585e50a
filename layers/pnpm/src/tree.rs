//! The planned `node_modules`: which path holds what, without any package content in memory.
//!
//! In: only what the layout puts here. Out: [`Tree`], the source of layers and build folders. It does not know how pnpm
//! derives names or links.
//!
//! All paths are relative to the workspace's root and separated by `/`. Each path occurs once in a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::{Feed, Key, KeyValue, Raw};

use crate::DepPath;
use crate::layout::paths::parent;

/// Everything that an install would write to disk for one service, except bookkeeping files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// One for each installed package (under `nodeLinker: hoisted`, for each of its locations), sorted by directory.
    pub slots: Vec<Slot>,
    /// Everything outside the slots: each `node_modules` of the root and of importers, with their directories and
    /// links. The importers' own folders are not listed.
    pub links: BTreeMap<String, Node>,
    /// Files of workspace packages that an install makes executable, because links in a `.bin` lead to them.
    pub workspace_executables: BTreeSet<String>,
}

/// A directory of the virtual store: one package and its links. Under `nodeLinker: hoisted`, a package at one of its
/// locations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The slot, e.g. `node_modules/.pnpm/x@1.0.0`. Under `nodeLinker: hoisted`, the package's own directory, e.g.
    /// `node_modules/x`, which may contain others.
    pub dir: String,
    /// The package of this slot.
    pub dep_path: DepPath,
    pub pack: Key,
    /// The directory of the package's files, e.g. `node_modules/.pnpm/x@1.0.0/node_modules/x`.
    pub package_dir: String,
    /// Files of the package that become executable because commands lead to them, although the archive does not mark
    /// them. Relative to `package_dir`.
    pub executables: BTreeSet<String>,
    /// The files that the package's install scripts left next to it: an archive with paths relative to the slot's
    /// `node_modules`.
    pub beside: Option<Key>,
    /// Files of the package whose content differs from the archive, by path relative to `package_dir`.
    pub replaced: BTreeMap<String, Arc<[u8]>>,
    /// The directories of other slots inside this package. They replace the package's own files at these paths.
    pub nested: BTreeSet<String>,
    /// Links to the package's dependencies, commands, and directories that no file of the package implies. A node
    /// replaces a file of the package at the same path.
    pub nodes: BTreeMap<String, Node>,
}

// Of the dep path, only the package's name affects a slot's content, and `package_dir` ends with it.
fourply_blob::key_value!(Slot {
    dir,
    pack,
    package_dir,
    executables,
    beside,
    replaced: replaced.iter().map(|(path, bytes)| (path, Raw(bytes))).collect::<Vec<_>>(),
    nested,
    nodes,
} without { dep_path });

/// A node that is not a file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory, 0755.
    Directory,
    /// A symbolic link and its target, relative to the link's directory.
    Symlink(String),
    /// A file that the layout writes: a command's shim.
    File {
        /// 0755, else 0644.
        executable: bool,
        bytes: Arc<[u8]>,
    },
}

impl KeyValue for Node {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            Node::Directory => "directory".feed(feed),
            Node::Symlink(target) => ("symlink", target).feed(feed),
            Node::File { executable, bytes } => ("file", executable, Raw(bytes)).feed(feed),
        }
    }
}

/// The archives of a closure's packages, including patched ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageContents(pub BTreeMap<DepPath, Key>);

impl Slot {
    /// Whether the folder around the package belongs to it alone. Under `nodeLinker: hoisted`, it is shared.
    pub fn is_apart(&self) -> bool {
        self.dir != self.package_dir
    }

    /// The folder with the package, the links to its dependencies, and other files next to it.
    pub fn modules(&self) -> String {
        let scope = parent(&self.package_dir);
        let is_scope = scope.rsplit('/').next().is_some_and(|name| name.starts_with('@'));
        if is_scope { parent(scope) } else { scope }.to_owned()
    }
}

impl Tree {
    /// The slot of a package: of several, the one nearest to the top.
    pub fn slot(&self, dep_path: &DepPath) -> Option<&Slot> {
        let slots = self.slots.iter().filter(|slot| slot.dep_path == *dep_path);
        slots.min_by_key(|slot| slot.dir.matches("/node_modules/").count())
    }

    /// The innermost slot that contains a path.
    pub fn slot_around(&self, path: &str) -> Option<&Slot> {
        let mut folder = path;
        while !folder.is_empty() {
            if let Ok(at) = self.slots.binary_search_by(|slot| slot.dir.as_str().cmp(folder)) {
                return self.slots.get(at);
            }
            folder = parent(folder);
        }
        None
    }
}
