//! An image as a tree of paths. In: what the base has, the inventory of node_modules, the packs of outputs. Out: what lies at a path, through
//! links, and the beginning of its text. Nothing is unpacked; a package is opened when a file of it is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_modules::{InstalledNode, InstalledPackage, Inventory};
use fourply_platform::elf::Program;
use fourply_store::{Pack, PackEntry, PackKind, Store};

/// What lies at one path of the base, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseNode<'a> {
    Directory,
    Link(&'a str),
    /// Whether somebody may execute it.
    File(bool),
    /// The same of an ELF file, with what it says of itself.
    Program(bool, &'a Program),
}

/// The base's tree, by path relative to the root.
pub type BaseTree<'a> = BTreeMap<&'a str, BaseNode<'a>>;

/// What lies at a path in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The real path, absolute.
    pub path: String,
    pub kind: FoundKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundKind {
    Directory,
    File {
        executable: bool,
        /// The text where it is known: that of a file which is not the base's.
        text: Option<Vec<u8>>,
    },
    /// It is in a package that is not in this store.
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
    /// The folder of the workspace's root in the image: `/app`.
    pub root: &'a str,
    pub base: &'a BaseTree<'a>,
    pub inventory: &'a Inventory,
    /// What lies above node_modules: generated files, outputs; the topmost last. Paths are relative to the workspace's root.
    pub packs: Vec<Arc<Pack>>,
    /// Nothing is known yet of what lies at the workspace's place: anything may be there.
    pub unbuilt: bool,
}

/// More links than this are a loop, as for the kernel.
const MAX_LINKS: usize = 40;

impl ImageTree<'_> {
    /// What lies at an absolute path, through all links.
    pub(super) fn find(&self, path: &str) -> Option<Found> {
        let (path, node) = self.walk(path)?;
        Some(Found { path, kind: kind(node) })
    }

    /// Whether node_modules has a package of this name, at whatever place.
    pub(super) fn has_package(&self, name: &str) -> bool {
        let is = |dep_path: &str| dep_path.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'));
        self.inventory.packages.iter().any(|package| is(&package.dep_path))
    }

    /// Whether the outputs have a file below a folder, relative to the root, whose name ends so.
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

    /// Whether a file lies there in the end, or may do so.
    pub(super) fn is_file(&self, path: &str) -> bool {
        self.walk(path).is_some_and(|(_, node)| !matches!(node, Node::Directory | Node::Link(_)))
    }

    /// The text of a file that is not the base's.
    pub(super) fn text(&self, path: &str) -> Option<Vec<u8>> {
        match self.find(path)?.kind {
            FoundKind::File { text, .. } => text,
            _ => None,
        }
    }

    /// Whether a file lies there that somebody may execute, or may do so.
    pub(super) fn is_executable(&self, path: &str) -> bool {
        self.walk(path).is_some_and(|(_, node)| match node {
            Node::File(executable, _) => executable,
            Node::Unknown => true,
            Node::Directory | Node::Link(_) => false,
        })
    }

    /// What an ELF file of the base says of itself, by its real path.
    pub(super) fn program(&self, path: &str) -> Option<&Program> {
        match self.base.get(path.trim_start_matches('/'))? {
            BaseNode::Program(_, program) => Some(program),
            _ => None,
        }
    }

    /// The program of this name in the first of the folders of `path` that has it.
    pub(super) fn which(&self, name: &str, path: &str) -> Option<String> {
        let folders = path.split(':').filter(|folder| folder.starts_with('/'));
        folders
            .map(|folder| format!("{}/{name}", folder.trim_end_matches('/')))
            .find(|path| self.is_executable(path))
    }

    /// What lies at a path whose parents are no links, itself not followed.
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

    /// What the layers above the base have, at a path relative to the workspace's root.
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

/// The largest file that is read.
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
                // What is larger is no program, and is never looked into.
                Content::Pack(_, entry) if entry.size() > LARGEST_TEXT => None,
                Content::Pack(pack, entry) => pack.bytes(&entry).ok().map(std::borrow::Cow::into_owned),
            },
        },
    }
}

#[cfg(test)]
mod tests;
