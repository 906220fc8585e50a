//! The graph while packages move. A node with several parents is copied before it changes for one of them.
//!
//! Source: `cloneTree` and `decoupleGraphNode` of `@yarnpkg/nm`.

use indexmap::IndexMap;

use super::budget::Budget;
use super::graph::{Graph, GraphNode, NodeId, ROOT};
use super::limits::Borders;
use super::text::Text;
use crate::LayoutError;
use crate::rules::HoistBorders;

/// The number of a work node; at first equal to the graph's node.
pub(super) type WorkId = usize;

/// Children by name, in insertion order.
pub(super) type Children = IndexMap<Text, WorkId>;

/// A node, or a copy of one.
#[derive(Debug, Clone)]
pub(super) struct WorkNode {
    /// The node of the graph.
    pub(super) node: NodeId,
    /// The nodes below it now.
    pub(super) dependencies: Children,
    /// The nodes that moved up from below it.
    pub(super) hoisted: Children,
    /// It has exactly one parent, and so has every node above it.
    decoupled: bool,
    /// No node below it moves above it.
    pub(super) border: bool,
}

/// The graph and its current state.
pub(super) struct Work<'a> {
    pub(super) graph: &'a Graph,
    pub(super) nodes: Vec<WorkNode>,
    pub(super) budget: Budget,
    borders: &'a Borders,
}

impl<'a> Work<'a> {
    /// A copy of the graph.
    ///
    /// # Errors
    /// A graph that takes too many steps.
    pub(super) fn new(graph: &'a Graph, borders: &'a Borders) -> Result<Work<'a>, LayoutError> {
        let node = |node: NodeId| WorkNode {
            node,
            dependencies: Children::new(),
            hoisted: Children::new(),
            decoupled: true,
            border: node == ROOT,
        };
        let nodes = (0..graph.nodes.len()).map(node).collect();
        let mut work = Work { graph, nodes, budget: Budget::new(), borders };
        let mut seen = vec![false; graph.nodes.len()];
        seen.first_mut().into_iter().for_each(|seen| *seen = true);
        let mut stack = vec![(ROOT, 0)];
        while let Some((parent, next)) = stack.pop() {
            let Some(child) = graph.nodes.get(parent).and_then(|node| node.dependencies.get(next)) else {
                continue;
            };
            stack.push((parent, next + 1));
            let name = work.of(*child).name;
            work.node_mut(parent).dependencies.insert(name, *child);
            let first = seen.get(*child) == Some(&false);
            if first || borders.of == HoistBorders::OfAnyDependent {
                work.node_mut(*child).border |= borders.limit(work.of(parent).locator, name);
            }
            match seen.get_mut(*child) {
                Some(seen) if first => {
                    *seen = true;
                    stack.push((*child, 0));
                }
                _ => work.couple(*child)?,
            }
        }
        Ok(work)
    }

    /// Marks all nodes except the root as shared, so that a change makes a copy.
    pub(super) fn share_all(&mut self) {
        self.nodes.iter_mut().skip(1).for_each(|node| node.decoupled = false);
    }

    /// Marks the nodes now below a shared node as shared.
    fn couple(&mut self, node: WorkId) -> Result<(), LayoutError> {
        let mut seen = std::collections::HashSet::new();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            if !seen.insert(node) {
                continue;
            }
            self.node_mut(node).decoupled = false;
            self.budget.spend(1)?;
            let peers = &self.of(node).peers;
            let below = self.node(node).dependencies.iter().filter(|(name, _)| !peers.contains(name));
            stack.extend(below.map(|(_, child)| *child));
        }
        Ok(())
    }

    /// Whether nothing below `id` moves up to `root`.
    pub(super) fn is_border(&self, root: WorkId, id: WorkId) -> bool {
        match self.borders.of {
            HoistBorders::OfEachImporter => self.borders.limit(self.of(root).locator, self.of(id).name),
            HoistBorders::OfFirstDependent | HoistBorders::OfAnyDependent => self.node(id).border,
        }
    }

    pub(super) fn node(&self, id: WorkId) -> &WorkNode {
        &self.nodes[id]
    }

    pub(super) fn node_mut(&mut self, id: WorkId) -> &mut WorkNode {
        &mut self.nodes[id]
    }

    /// The graph's node behind it.
    pub(super) fn of(&self, id: WorkId) -> &'a GraphNode {
        &self.graph.nodes[self.nodes[id].node]
    }

    /// The child that has this name now.
    pub(super) fn child(&self, id: WorkId, name: Text) -> Option<WorkId> {
        self.node(id).dependencies.get(&name).copied()
    }

    /// Whether the graph's node has a dependency of this name.
    pub(super) fn had(&self, id: WorkId, name: Text) -> bool {
        self.of(id).dependencies.iter().any(|child| self.graph.nodes[*child].name == name)
    }

    /// The children that are not peers, in order.
    pub(super) fn regular(&self, id: WorkId) -> impl Iterator<Item = WorkId> + '_ {
        let peers = &self.of(id).peers;
        self.node(id).dependencies.iter().filter(|(name, _)| !peers.contains(name)).map(|(_, child)| *child)
    }

    /// A node that may change for `parent` only: the node itself, or a copy that replaces it there.
    pub(super) fn decoupled(&mut self, parent: WorkId, id: WorkId) -> WorkId {
        if self.node(id).decoupled {
            return id;
        }
        let copy = self.nodes.len();
        let mut node = WorkNode { decoupled: true, ..self.node(id).clone() };
        let (name, ident) = (self.of(id).name, self.of(id).ident);
        if let Some(own) = node.dependencies.get_mut(&name)
            && self.of(*own).ident == ident
        {
            *own = copy;
        }
        self.nodes.push(node);
        self.node_mut(parent).dependencies.insert(name, copy);
        copy
    }

    /// The children that are not peers. Each comes after its own peers among them.
    ///
    /// Source: `getSortedRegularDependencies`.
    pub(super) fn sorted(&self, id: WorkId) -> Vec<WorkId> {
        let mut sorted = indexmap::IndexSet::new();
        let own = &self.of(id).peers;
        for child in self.regular(id) {
            let mut seen = std::collections::HashSet::from([child]);
            let mut stack = vec![(child, 0)];
            while let Some((child, next)) = stack.pop() {
                let Some(peer) = self.of(child).peers.get(next) else {
                    sorted.insert(child);
                    continue;
                };
                stack.push((child, next + 1));
                let peer = self.child(id, *peer).filter(|_| !own.contains(peer));
                if let Some(peer) = peer.filter(|peer| !sorted.contains(peer) && seen.insert(*peer)) {
                    stack.push((peer, 0));
                }
            }
        }
        sorted.into_iter().collect()
    }
}
