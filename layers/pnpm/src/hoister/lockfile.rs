//! The lockfile as a graph: its root; below it the root's dependencies and the other importers; then packages. Every
//! variant of a version counts as the first variant that the walk reaches.
//!
//! Source: `hoist` and `toTree` of pnpm/pnpm@d22a3f65ee pkg-manager/real-hoist/src/index.ts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::graph::{Graph, NodeId, Subject};
use super::text::Text;
use crate::rules::{FolderVariants, HoistWalk, HoistedPeers, InjectedPublishers};
use crate::{Closure, DepPath, Dependency, Importer, ImporterId, Include, Resolution, Workspace};

/// The graph of a closure's importers.
pub(super) fn graph(workspace: &Workspace, closure: &Closure) -> Graph {
    let include = closure.include;
    let mut builder = Builder {
        workspace,
        graph: Graph::default(),
        nodes: HashMap::new(),
        first: HashMap::new(),
        stack: Vec::new(),
    };
    let root_id = ImporterId::root();
    let root = builder.graph.add(".", ".", "", Subject::Importer(root_id.clone()), Vec::new());
    builder.importer(root, &root_id, include);
    let left_out = injected_publishers(workspace, closure);
    let takes_part = |id: &&ImporterId| {
        (closure.importers.contains(id) || closure.others.contains(*id)) && !left_out.contains(id)
    };
    for id in workspace.lockfile.importers.keys().filter(|id| !id.is_root()).filter(takes_part) {
        let (name, reference) = (encoded(id.as_str()), format!("workspace:{id}"));
        let node = builder.graph.add(&name, &name, &reference, Subject::Importer(id.clone()), Vec::new());
        builder.importer(node, id, include);
        builder.graph.depend(root, node);
    }
    builder.graph
}

/// Importers that nothing links to and whose published folder is injected, under rules that leave these out.
fn injected_publishers<'w>(workspace: &'w Workspace, closure: &Closure) -> BTreeSet<&'w ImporterId> {
    match workspace.rules.hoisted.injected_publishers {
        InjectedPublishers::TakePart => return BTreeSet::new(),
        InjectedPublishers::LeftOut => {}
    }
    let linked: BTreeSet<&ImporterId> = (closure.direct.values().flatten().map(|(_, to)| to))
        .chain(closure.packages.values().flat_map(|package| package.children.iter().map(|(_, to)| to)))
        .filter_map(|to| match to {
            Dependency::Link(folder) => Some(folder),
            Dependency::Package(_) => None,
        })
        .collect();
    let folders = closure.packages.keys().filter_map(|package| package.version().strip_prefix("file:"));
    let injected: BTreeSet<ImporterId> = folders.filter_map(ImporterId::new).collect();
    let published = workspace.lockfile.importers.iter().filter_map(|(id, importer)| {
        let folder = id.join(importer.publish_directory.as_deref()?)?;
        let counts = linked.contains(id) || linked.contains(&folder) || !injected.contains(&folder);
        (!counts).then_some(id)
    });
    published.collect()
}

struct Builder<'a> {
    workspace: &'a Workspace,
    graph: Graph,
    /// Nodes by alias and reference or key.
    nodes: HashMap<(String, String), NodeId>,
    /// The first variant, by name and version.
    first: HashMap<(String, Option<String>), DepPath>,
    stack: Vec<Pending>,
}

/// An edge that is still to be followed.
struct Pending {
    from: NodeId,
    edges: std::vec::IntoIter<(String, String)>,
}

impl Builder<'_> {
    fn importer(&mut self, node: NodeId, id: &ImporterId, include: Include) {
        let Some(importer) = self.workspace.lockfile.importers.get(id) else { return };
        let edges = self.ordered(merged(lists(importer, include).into_iter().flatten()));
        self.stack.push(Pending { from: node, edges });
        self.run();
    }

    fn depth_first(&self) -> bool {
        self.workspace.rules.hoisted.walk == HoistWalk::DepthFirst
    }

    /// All lists merged and sorted by name, if the walk goes depth first.
    fn ordered(&self, mut edges: Vec<(String, String)>) -> std::vec::IntoIter<(String, String)> {
        if self.depth_first() {
            edges.sort();
        }
        edges.into_iter()
    }

    /// Follows edges depth first.
    fn run(&mut self) {
        while let Some(pending) = self.stack.last_mut() {
            let from = pending.from;
            let Some((alias, reference)) = pending.edges.next() else {
                self.stack.pop();
                continue;
            };
            if let Some(to) = self.edge(alias, reference) {
                self.graph.depend(from, to);
            }
        }
    }

    fn edge(&mut self, alias: String, reference: String) -> Option<NodeId> {
        let Some(dep_path) = DepPath::from_reference(&alias, &reference) else {
            return (!self.depth_first()).then(|| self.link(alias, reference));
        };
        let key = (alias, dep_path.to_string());
        if let Some(known) = self.nodes.get(&key) {
            return Some(*known);
        }
        let lockfile = &self.workspace.lockfile;
        let (snapshot, info) = (lockfile.snapshots.get(&dep_path)?, lockfile.info(&dep_path)?);
        let package = crate::closure::package_name(&dep_path, info).to_owned();
        let plain =
            node_semver::Version::parse(dep_path.version()).ok().map(|_| dep_path.version().to_owned());
        let version = info.version.clone().or(plain);
        let apart = match self.workspace.rules.hoisted.folder_variants {
            FolderVariants::Apart => matches!(info.resolution, Resolution::Directory { .. }),
            FolderVariants::EachApart => true,
            FolderVariants::One => false,
        };
        let reference = match apart {
            true => dep_path.clone(),
            false => self.first.entry((package.clone(), version)).or_insert_with(|| dep_path.clone()).clone(),
        };
        let peers = self.peers(info.peers.iter().chain(&snapshot.transitive_peers));
        let subject = Subject::Package(reference.clone());
        let node = self.graph.add(&key.0, &package, reference.as_str(), subject, peers);
        self.nodes.insert(key, node);
        let lists = [&snapshot.dependencies, &snapshot.optional_dependencies];
        let edges = lists.into_iter().flatten().map(|(alias, to)| (alias.as_str(), to.as_str()));
        let edges = self.ordered(merged(edges));
        self.stack.push(Pending { from: node, edges });
        Some(node)
    }

    fn link(&mut self, alias: String, reference: String) -> NodeId {
        let key = (alias, reference);
        if let Some(known) = self.nodes.get(&key) {
            return *known;
        }
        let node = self.graph.add(&key.0, &key.0, &key.1, Subject::Link, Vec::new());
        self.nodes.insert(key, node);
        node
    }

    fn peers<'n>(&mut self, names: impl Iterator<Item = &'n String>) -> Vec<Text> {
        let mut peers = Vec::new();
        let counted = match self.workspace.rules.hoisted.peers {
            HoistedPeers::Always => true,
            HoistedPeers::Never => false,
            HoistedPeers::UnlessInstalled => !self.workspace.settings.resolution.auto_install_peers,
            HoistedPeers::UnlessInstalledDirectly => {
                !self.workspace.settings.resolution.auto_install_peers || self.stack.len() > 1
            }
        };
        if !counted {
            return peers;
        }
        for name in names {
            let name = self.graph.texts.number(name);
            if !peers.contains(&name) {
                peers.push(name);
            }
        }
        peers
    }
}

/// An importer's lists in merge order. The hoister's order differs from the other modules'.
pub(super) fn lists(
    importer: &Importer,
    include: Include,
) -> Vec<impl Iterator<Item = (&str, &str)> + use<'_>> {
    let development = (include == Include::All).then_some(&importer.dev_dependencies);
    let lists = [Some(&importer.dependencies), development, Some(&importer.optional_dependencies)]
        .into_iter()
        .flatten();
    lists.map(|list| list.iter().map(|(alias, entry)| (alias.as_str(), entry.version.as_str()))).collect()
}

/// A name that occurs twice has its first position and its last target.
fn merged<'l>(entries: impl Iterator<Item = (&'l str, &'l str)>) -> Vec<(String, String)> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut edges: Vec<(String, String)> = Vec::new();
    for (alias, reference) in entries {
        let place = *places.entry(alias).or_insert(edges.len());
        match edges.get_mut(place) {
            Some((_, held)) => reference.clone_into(held),
            None => edges.push((alias.to_owned(), reference.to_owned())),
        }
    }
    edges
}

/// JavaScript's `encodeURIComponent`.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
