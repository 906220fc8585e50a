//! `hoistingLimits`: the nodes whose dependencies stay below them.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/real-hoist/src/index.ts, getHoistingLimits. A name of one importer's border counts
//! below that importer alone.

use std::collections::{HashMap, HashSet};

use super::graph::{Graph, ROOT, Subject};
use super::lockfile::lists;
use super::text::Text;
use crate::{Closure, HoistingLimits, Workspace};

/// By the locator of the parent: names of nodes that are borders.
pub(super) type Borders = HashMap<Text, HashSet<Text>>;

/// The borders of a workspace.
pub(super) fn borders(workspace: &Workspace, closure: &Closure, graph: &mut Graph) -> Borders {
    let mut borders = Borders::new();
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
                borders.entry(root).or_default().insert(name);
            }
            if mode == HoistingLimits::Workspaces {
                continue;
            }
        }
        let aliases = lists(importer, closure.include)
            .into_iter()
            .flatten()
            .map(|(alias, _)| graph.texts.number(alias));
        borders.entry(locator).or_default().extend(aliases);
    }
    borders
}
