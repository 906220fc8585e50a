//! Edges that a production install leaves to the importers. In: a workspace. Out: for each package, the aliases of its
//! optional peers that every importer with the package provides itself. Nothing is removed here.
//!
//! Peer resolution writes the package it found for a peer into the dependent's dependencies, even if it is a
//! development dependency of an importer.
//!
//! Source: pnpm/pnpm@0dda7e35f6 pnpm/crates/lockfile/src/peer_edges.rs, PeerSatisfactionEdges; observed in 12.10.0 and 12.21.0.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{self, Edge};
use super::graph::Include;
use crate::rules::OptionalPeers;
use crate::{DepPath, Importer, ImporterId, PnpmError, Snapshot, Workspace};

/// For each package, the aliases of these edges.
pub(super) struct PeerEdges<'a>(BTreeMap<&'a DepPath, BTreeSet<&'a str>>);

/// An edge of a package, by its alias.
type PeerEdge<'a> = (&'a DepPath, &'a str);

impl<'a> PeerEdges<'a> {
    /// All such edges of the lockfile; none if development dependencies are installed.
    pub(super) fn new(workspace: &'a Workspace, include: Include) -> Result<PeerEdges<'a>, PnpmError> {
        let mut found = PeerEdges(BTreeMap::new());
        let follows = workspace.rules.closure.optional_peers == OptionalPeers::Followed;
        if follows || include == Include::All {
            return Ok(found);
        }
        let importers: Vec<_> = workspace.lockfile.importers.iter().map(direct).collect::<Result<_, _>>()?;
        let of_root = of_root(workspace)?;
        for (providers, candidates) in by_providers(workspace, &importers, &of_root) {
            let others = importers.iter().enumerate().filter(|(at, _)| !providers.contains(at));
            let reached = reached(workspace, others.flat_map(|(_, direct)| direct.iter().cloned()));
            for (package, alias) in candidates.into_iter().filter(|(package, _)| !reached.contains(*package))
            {
                found.0.entry(package).or_default().insert(alias);
            }
        }
        Ok(found)
    }

    /// Whether the package's edge with this alias is one of them.
    pub(super) fn contains(&self, package: &DepPath, alias: &str) -> bool {
        self.0.get(package).is_some_and(|aliases| aliases.contains(alias))
    }
}

/// The packages that an importer names, in any list.
fn direct((id, importer): (&ImporterId, &Importer)) -> Result<BTreeSet<DepPath>, PnpmError> {
    let Importer { dependencies, dev_dependencies, optional_dependencies, .. } = importer;
    let all = [dependencies, dev_dependencies, optional_dependencies].into_iter().flatten();
    let mut found = BTreeSet::new();
    for (alias, entry) in all {
        if let Edge::Package(path) = edges::direct(id, alias, &entry.version)? {
            found.insert(path);
        }
    }
    Ok(found)
}

/// The development dependencies of the root. Under `resolvePeersFromWorkspaceRoot`, every importer counts as naming
/// them.
fn of_root(workspace: &Workspace) -> Result<BTreeSet<DepPath>, PnpmError> {
    let root = ImporterId::root();
    let importer = workspace.lockfile.importers.get(&root);
    match importer.filter(|_| workspace.settings.resolution.resolve_peers_from_workspace_root) {
        Some(Importer { dev_dependencies, .. }) => {
            direct((&root, &Importer { dev_dependencies: dev_dependencies.clone(), ..Importer::default() }))
        }
        None => Ok(BTreeSet::new()),
    }
}

/// The edges of optional peers, by the importers that name their targets. One walk then serves all edges with the same
/// importers.
fn by_providers<'a>(
    workspace: &'a Workspace,
    importers: &[BTreeSet<DepPath>],
    of_root: &BTreeSet<DepPath>,
) -> BTreeMap<BTreeSet<usize>, Vec<PeerEdge<'a>>> {
    let mut found: BTreeMap<BTreeSet<usize>, Vec<PeerEdge<'a>>> = BTreeMap::new();
    for (package, snapshot) in &workspace.lockfile.snapshots {
        let Some(info) = workspace.lockfile.info(package) else { continue };
        for alias in info.optional_peers.iter().filter(|alias| info.peers.contains(alias)) {
            let Some(target) = snapshot_edges(snapshot).find(|(name, _)| *name == alias) else { continue };
            let Some(target) = DepPath::from_reference(alias, target.1) else { continue };
            let everywhere = of_root.contains(&target);
            let names =
                importers.iter().enumerate().filter(|(_, direct)| everywhere || direct.contains(&target));
            found.entry(names.map(|(at, _)| at).collect()).or_default().push((package, alias));
        }
    }
    found
}

/// The packages that these reach by any edge.
fn reached(workspace: &Workspace, from: impl Iterator<Item = DepPath>) -> BTreeSet<DepPath> {
    let (mut found, mut waiting) = (BTreeSet::new(), from.collect::<Vec<_>>());
    while let Some(path) = waiting.pop() {
        let Some(snapshot) = workspace.lockfile.snapshots.get(&path).filter(|_| !found.contains(&path))
        else {
            continue;
        };
        waiting.extend(snapshot_edges(snapshot).filter_map(|(alias, to)| DepPath::from_reference(alias, to)));
        found.insert(path);
    }
    found
}

fn snapshot_edges(snapshot: &Snapshot) -> impl Iterator<Item = (&String, &str)> {
    let all = snapshot.dependencies.iter().chain(&snapshot.optional_dependencies);
    all.map(|(alias, reference)| (alias, reference.as_str()))
}
