//! The planned `node_modules`: what lies at which path, without a byte of any package in memory.
//!
//! In: nothing but what the layout put here. Out: [`Tree`], which layers and build folders are made from. It must not know how pnpm arrives at a name or a link.
//!
//! All paths are relative to the workspace's root and separated by `/`. The same path never stands in two places of a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::{Feed, Key, KeyValue, Raw};

use crate::DepPath;
use crate::layout::paths::parent;

/// Everything that an install would put on disk for one service, bookkeeping files left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// One for each installed package, under `nodeLinker: hoisted` for each of its places, sorted by directory.
    pub slots: Vec<Slot>,
    /// All that lies outside of the slots: every `node_modules` of the root and the importers with the directories and links in
    /// them. The importers' own folders are not listed.
    pub links: BTreeMap<String, Node>,
    /// Files of workspace packages that an install makes executable, since links in a `.bin` point at them.
    pub workspace_executables: BTreeSet<String>,
}

/// A directory of the virtual store: one package and the links that it sees. Under `nodeLinker: hoisted` a package at one of its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The slot, e.g. `node_modules/.pnpm/x@1.0.0`; under `nodeLinker: hoisted` the package's own directory, e.g. `node_modules/x`, which others
    /// may lie in.
    pub dir: String,
    /// What it was made for.
    pub dep_path: DepPath,
    pub pack: Key,
    /// Where they go, e.g. `node_modules/.pnpm/x@1.0.0/node_modules/x`.
    pub package_dir: String,
    /// Files of the package that are made executable though it does not say so: bins point at them. Relative to `package_dir`.
    pub executables: BTreeSet<String>,
    /// What the package's install scripts left beside it: a pack whose paths are relative to the slot's `node_modules`.
    pub beside: Option<Key>,
    /// Files of the package whose content is not the pack's, by path relative to `package_dir`.
    pub replaced: BTreeMap<String, Arc<[u8]>>,
    /// The directories of other slots that lie in the package: what it has there itself is not put.
    pub nested: BTreeSet<String>,
    /// Links to the package's dependencies, bins, and directories that no file of the package makes. A node takes the place of a
    /// file of the package at the same path.
    pub nodes: BTreeMap<String, Node>,
}

// Of the dep path, what lies in a slot depends on the package's name alone, with which `package_dir` ends.
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

/// Something that is no file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory, 0755.
    Directory,
    /// A symbolic link and its target, relative to the link's directory.
    Symlink(String),
    /// A file that the layout writes: a bin's shim.
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

/// The packs of a closure's packages, patched ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageContents(pub BTreeMap<DepPath, Key>);

impl Slot {
    /// Whether the folder that the package lies in is its own. Under `nodeLinker: hoisted` others lie there as well.
    pub fn is_apart(&self) -> bool {
        self.dir != self.package_dir
    }

    /// The folder with the package, the links to its dependencies, and what lies beside it.
    pub fn modules(&self) -> String {
        let scope = parent(&self.package_dir);
        let is_scope = scope.rsplit('/').next().is_some_and(|name| name.starts_with('@'));
        if is_scope { parent(scope) } else { scope }.to_owned()
    }
}

impl Tree {
    /// The slot that a package was given: of several the one that is nearest to the top.
    pub fn slot(&self, dep_path: &DepPath) -> Option<&Slot> {
        let slots = self.slots.iter().filter(|slot| slot.dep_path == *dep_path);
        slots.min_by_key(|slot| slot.dir.matches("/node_modules/").count())
    }

    /// The innermost slot that a path lies in.
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
