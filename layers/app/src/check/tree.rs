//! An image as a tree of paths. In: the base's files, the inventory of node_modules, the outputs' package archives.
//! Out: the entry at a path, through links, and the beginning of its text. Nothing is unpacked. A package is opened
//! when one of its files is requested.

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_modules::{InstalledNode, InstalledPackage, Inventory};
use fourply_platform::elf::Program;
use fourply_store::{Pack, PackEntry, PackKind, Store};

/// An entry of the base; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseNode<'a> {
    Directory,
    Link(&'a str),
    /// Whether at least one x bit is set.
    File(bool),
    /// The same for an ELF file, with its header data.
    Program(bool, &'a Program),
}

/// The base's tree, by path relative to the root.
pub type BaseTree<'a> = BTreeMap<&'a str, BaseNode<'a>>;

/// The final entry of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The absolute real path.
    pub path: String,
    pub kind: FoundKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundKind {
    Directory,
    File {
        executable: bool,
        /// The text, if known: for files outside the base.
        text: Option<Vec<u8>>,
    },
    /// It is in a package that this store lacks.
    Unknown,
}

enum Node {
    Directory,
    Link(String),
    File(bool, Content),
    Unknown,
}

enum Content {
    Base,
    Text(Vec<u8>),
    Pack(Arc<Pack>, PackEntry),
}

/// The tree of an image.
pub(super) struct ImageTree<'a> {
    pub store: &'a Store,
    /// The workspace's root folder in the image: `/app`.
    pub root: &'a str,
    pub base: &'a BaseTree<'a>,
    pub inventory: &'a Inventory,
    /// Archives above node_modules, topmost last: generated files, outputs. Paths are relative to the workspace's root.
    pub packs: Vec<Arc<Pack>>,
    /// Whether nothing is built yet: then any file may exist below the workspace's folder.
    pub unbuilt: bool,
}

/// More links than this are a loop, as in the kernel.
const MAX_LINKS: usize = 40;

impl ImageTree<'_> {
    /// The entry at an absolute path, through all links.
    pub(super) fn find(&self, path: &str) -> Option<Found> {
        let (path, node) = self.walk(path)?;
        Some(Found { path, kind: kind(node) })
    }

    /// Whether node_modules has a package of this name at any location.
    pub(super) fn has_package(&self, name: &str) -> bool {
        let is = |dep_path: &str| dep_path.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'));
        self.inventory.packages.iter().any(|package| is(&package.dep_path))
    }

    /// Whether the outputs have a file with this ending below a folder, which is relative to the root.
    pub(super) fn has_file(&self, folder: &str, end: &str) -> bool {
        let below = format!("{folder}/");
        let fits =
            |path: &str| path.starts_with(&below) && path.ends_with(end) && !path.contains("node_modules/");
        self.packs.iter().any(|pack| pack.entries().iter().any(|entry| fits(&entry.path)))
    }

    /// The real path of a file or folder.
    pub(super) fn real(&self, path: &str) -> Option<String> {
        self.walk(path).map(|(path, _)| path)
    }

    fn walk(&self, path: &str) -> Option<(String, Node)> {
        let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut at, mut links, mut last) = (String::new(), 0, Node::Directory);
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(0));
                    last = Node::Directory;
                    continue;
                }
                _ => {}
            }
            let next = format!("{at}/{part}");
            match self.node(&next)? {
                Node::Link(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return None;
                    }
                    if target.starts_with('/') {
                        at.clear();
                    }
                    last = Node::Directory;
                    rest.extend(target.split('/').rev().map(str::to_owned));
                }
                node => {
                    let is_folder = matches!(node, Node::Directory | Node::Unknown);
                    let more = rest.iter().any(|part| !part.is_empty() && part != ".");
                    if more && !is_folder {
                        return None;
                    }
                    (at, last) = (next, node);
                }
            }
        }
        Some((if at.is_empty() { "/".to_owned() } else { at }, last))
    }

    /// Whether the path is a file, or may be one.
    pub(super) fn is_file(&self, path: &str) -> bool {
        self.walk(path).is_some_and(|(_, node)| !matches!(node, Node::Directory | Node::Link(_)))
    }

    /// The text of a file outside the base.
    pub(super) fn text(&self, path: &str) -> Option<Vec<u8>> {
        match self.find(path)?.kind {
            FoundKind::File { text, .. } => text,
            _ => None,
        }
    }

    /// Whether the path is an executable file, or may be one.
    pub(super) fn is_executable(&self, path: &str) -> bool {
        self.walk(path).is_some_and(|(_, node)| match node {
            Node::File(executable, _) => executable,
            Node::Unknown => true,
            Node::Directory | Node::Link(_) => false,
        })
    }

    /// The header data of the base's ELF file with this real path.
    pub(super) fn program(&self, path: &str) -> Option<&Program> {
        match self.base.get(path.trim_start_matches('/'))? {
            BaseNode::Program(_, program) => Some(program),
            _ => None,
        }
    }

    /// The path of a program in the first folder of `path` that has it.
    pub(super) fn which(&self, name: &str, path: &str) -> Option<String> {
        let folders = path.split(':').filter(|folder| folder.starts_with('/'));
        folders
            .map(|folder| format!("{}/{name}", folder.trim_end_matches('/')))
            .find(|path| self.is_executable(path))
    }

    /// The entry at a path whose parents are not links; the entry itself is not followed.
    fn node(&self, path: &str) -> Option<Node> {
        let inside = path.strip_prefix(self.root).and_then(|rest| rest.strip_prefix('/'));
        let own = match inside {
            Some(_) if self.unbuilt => return Some(Node::Unknown),
            Some(inside) => self.own(inside),
            None if self.root == path || self.root.starts_with(&format!("{path}/")) => Some(Node::Directory),
            None => None,
        };
        own.or_else(|| self.of_base(path.trim_start_matches('/')))
    }

    fn of_base(&self, path: &str) -> Option<Node> {
        Some(match self.base.get(path)? {
            BaseNode::Directory => Node::Directory,
            BaseNode::Link(target) => Node::Link((*target).to_owned()),
            BaseNode::File(executable) | BaseNode::Program(executable, _) => {
                Node::File(*executable, Content::Base)
            }
        })
    }

    /// The entry in the layers above the base, at a path relative to the workspace's root.
    fn own(&self, path: &str) -> Option<Node> {
        let below = format!("{path}/");
        let in_packs = self.packs.iter().rev().find_map(|pack| in_pack(pack, path));
        if in_packs.is_some() {
            return in_packs;
        }
        if let Some(node) = self.inventory.nodes.get(path) {
            return Some(match node {
                InstalledNode::Directory => Node::Directory,
                InstalledNode::Link(target) => Node::Link(target.clone()),
                InstalledNode::File(executable, text) => {
                    Node::File(*executable, Content::Text(text.clone().into_bytes()))
                }
            });
        }
        if let Some((package, inside)) = self.inventory.owner(path)
            && let Some(node) = self.in_package(package, inside)
        {
            return Some(node);
        }
        let nodes = self.inventory.nodes.range(below.clone()..).next();
        let packages = &self.inventory.packages;
        let first = packages.partition_point(|package| package.folder.as_str() < below.as_str());
        let above = nodes.is_some_and(|(other, _)| other.starts_with(&below))
            || packages.get(first).is_some_and(|package| package.folder.starts_with(&below));
        above.then_some(Node::Directory)
    }

    fn in_package(&self, package: &InstalledPackage, path: &str) -> Option<Node> {
        if path.is_empty() {
            return Some(Node::Directory);
        }
        let Ok(pack) = self.store.open_pack(&package.pack) else { return Some(Node::Unknown) };
        if package.left_out.contains(path) {
            return None;
        }
        match in_pack(&pack, path)? {
            Node::File(executable, content) => {
                Some(Node::File(executable || package.executables.contains(path), content))
            }
            node => Some(node),
        }
    }
}

fn in_pack(pack: &Arc<Pack>, path: &str) -> Option<Node> {
    if let Some(entry) = pack.find(path) {
        return Some(match &entry.kind {
            PackKind::Symlink { target } => Node::Link(target.clone()),
            PackKind::File { executable } => {
                Node::File(*executable, Content::Pack(Arc::clone(pack), entry.clone()))
            }
        });
    }
    let below = format!("{path}/");
    let next = pack.entries().partition_point(|entry| entry.path < below);
    pack.entries().get(next).is_some_and(|entry| entry.path.starts_with(&below)).then_some(Node::Directory)
}

/// The size limit of a file that is read, in bytes.
pub(super) const LARGEST_TEXT: u64 = 32 << 20;

fn kind(node: Node) -> FoundKind {
    match node {
        Node::Directory | Node::Link(_) => FoundKind::Directory,
        Node::Unknown => FoundKind::Unknown,
        Node::File(executable, content) => FoundKind::File {
            executable,
            text: match content {
                Content::Base => None,
                Content::Text(text) => Some(text),
                // A larger file is not a program and is never read.
                Content::Pack(_, entry) if entry.size() > LARGEST_TEXT => None,
                Content::Pack(pack, entry) => pack.bytes(&entry).ok().map(std::borrow::Cow::into_owned),
            },
        },
    }
}

#[cfg(test)]
mod tests;
