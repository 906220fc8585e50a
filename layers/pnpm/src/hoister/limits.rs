//! `hoistingLimits`: the nodes whose dependencies stay below them.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/real-hoist/src/index.ts, getHoistingLimits. A name in one
//! importer's limits makes the node behind it a border, and other parents may share that node.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, ROOT, Subject};
use super::lockfile::lists;
use super::text::Text;
use crate::rules::HoistBorders;
use crate::{Closure, HoistingLimits, Workspace};

/// The limits of a workspace.
pub(super) struct Borders {
    /// Whose limits make a node a border.
    pub(super) of: HoistBorders,
    /// The names of border nodes, by the locator of the parent.
    names: HashMap<Text, HashSet<Text>>,
}

impl Borders {
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the parent has a limit at its child of this name.
    pub(super) fn limit(&self, parent: Text, name: Text) -> bool {
        self.names.get(&parent).is_some_and(|names| names.contains(&name))
    }
}

/// The borders of a workspace.
pub(super) fn borders(workspace: &Workspace, closure: &Closure, graph: &mut Graph) -> Borders {
    let mut borders = Borders { of: workspace.rules.hoisted.borders, names: HashMap::new() };
    let mode = workspace.settings.hoisting.limits;
    if mode == HoistingLimits::None {
        return borders;
    }
    let importers: Vec<(Text, Text, crate::ImporterId)> = graph
        .nodes
        .iter()
        .filter_map(|node| match &node.subject {
            Subject::Importer(id) => Some((node.name, node.locator, id.clone())),
            Subject::Package(_) | Subject::Link => None,
        })
        .collect();
    let root = graph.nodes.get(ROOT).map(|node| node.locator);
    for (name, locator, id) in importers {
        let Some(importer) = workspace.lockfile.importers.get(&id) else { continue };
        if !id.is_root() {
            if let Some(root) = root {
                borders.names.entry(root).or_default().insert(name);
            }
            if mode == HoistingLimits::Workspaces {
                continue;
            }
        }
        let aliases = lists(importer, closure.include)
            .into_iter()
            .flatten()
            .map(|(alias, _)| graph.texts.number(alias));
        borders.names.entry(locator).or_default().extend(aliases);
    }
    borders
}
