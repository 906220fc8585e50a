//! References of the lockfile as edges, with names and links checked: no edge leads out of node_modules.

use std::collections::BTreeMap;

use super::graph::Dependency;
use crate::{DepPath, ImporterId, PnpmError, Snapshot, names};

/// The target of a reference.
pub(super) enum Edge {
    /// A snapshot.
    Package(DepPath),
    /// A folder of the workspace.
    Link(ImporterId),
    /// A folder outside the workspace.
    Outside,
}

/// A dependency of an importer, whose links are relative to its own folder.
pub(super) fn direct(importer: &ImporterId, alias: &str, reference: &str) -> Result<Edge, PnpmError> {
    named(alias, importer.as_str())?;
    Ok(match DepPath::from_reference(alias, reference) {
        Some(dep_path) => Edge::Package(dep_path),
        None => link(importer, reference),
    })
}

/// The edges of a snapshot, dependencies before optional ones; the flag says whether the edge is optional. Links are
/// relative to the workspace's root here. A name in both lists has its first position and its last target.
pub(super) fn children(
    from: &DepPath,
    snapshot: &Snapshot,
) -> Result<Vec<(String, Dependency, bool)>, PnpmError> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut children: Vec<(String, Dependency, bool)> = Vec::new();
    for (list, optional) in [(&snapshot.dependencies, false), (&snapshot.optional_dependencies, true)] {
        for (alias, reference) in list {
            named(alias, from.as_str())?;
            let target = match DepPath::from_reference(alias, reference) {
                Some(dep_path) => Dependency::Package(dep_path),
                None => dependency(link(&ImporterId::root(), reference), from.as_str(), reference)?,
            };
            let place = *places.entry(alias).or_insert(children.len());
            match children.get_mut(place) {
                Some(held) => *held = (alias.clone(), target, optional),
                None => children.push((alias.clone(), target, optional)),
            }
        }
    }
    Ok(children)
}

/// An edge of an installed package. It must stay inside the workspace.
pub(super) fn dependency(edge: Edge, from: &str, reference: &str) -> Result<Dependency, PnpmError> {
    match edge {
        Edge::Package(dep_path) => Ok(Dependency::Package(dep_path)),
        Edge::Link(folder) => Ok(Dependency::Link(folder)),
        Edge::Outside => Err(PnpmError::Outside { from: from.to_owned(), reference: shortened(reference) }),
    }
}

/// Rejects a name that is not valid under node_modules.
pub(super) fn named(name: &str, from: &str) -> Result<(), PnpmError> {
    if names::is_name(name) {
        return Ok(());
    }
    Err(PnpmError::Name { name: shortened(name), from: shortened(from) })
}

fn link(from: &ImporterId, reference: &str) -> Edge {
    let folder = reference.strip_prefix("link:").and_then(|folder| from.join(folder));
    folder.map_or(Edge::Outside, Edge::Link)
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}
