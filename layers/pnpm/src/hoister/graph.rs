//! The graph to hoist: types and queries.

use super::text::{Text, Texts};
use crate::{DepPath, ImporterId};

/// The number of a node. The root is 0.
pub(super) type NodeId = usize;

/// The root of every graph.
pub(super) const ROOT: NodeId = 0;

/// What a node stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// A package of the workspace, including the root.
    Importer(ImporterId),
    Package(DepPath),
    /// A link: it takes the name, but has no directory.
    Link,
}

/// A package as its dependents name it. Each variant with other peers is a node of its own.
#[derive(Debug)]
pub(super) struct GraphNode {
    /// The alias: the directory's name.
    pub(super) name: Text,
    /// Name and reference. All variants share the locator of the first variant that the walk reached.
    pub(super) locator: Text,
    /// The locator without the part before a `#`.
    pub(super) ident: Text,
    pub(super) subject: Subject,
    /// Names that it takes from its parent; empty under `autoInstallPeers`.
    pub(super) peers: Vec<Text>,
    pub(super) dependencies: Vec<NodeId>,
}

/// The whole lockfile.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) texts: Texts,
    pub(super) nodes: Vec<GraphNode>,
}

impl Graph {
    /// Adds a node without dependencies.
    pub(super) fn add(
        &mut self,
        name: &str,
        package: &str,
        reference: &str,
        subject: Subject,
        peers: Vec<Text>,
    ) -> NodeId {
        let real = reference.split_once('#').map_or(reference, |(_, real)| real);
        let node = GraphNode {
            name: self.texts.number(name),
            locator: self.texts.number(&format!("{package}@{reference}")),
            ident: self.texts.number(&format!("{package}@{real}")),
            subject,
            peers,
            dependencies: Vec::new(),
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds an edge, unless it exists.
    pub(super) fn depend(&mut self, from: NodeId, to: NodeId) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.dependencies.push(to);
        }
    }
}
