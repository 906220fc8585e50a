//! Which packages the importers reach, and which of them are left out for their platform.
//!
//! Source: pnpm's `filterLockfileByImportersAndEngine`. A rule says which packages are optional (`SkippedOptional`). By
//! all rules a child stays if any installed parent needs it. pnpm once lost the child if a skipped parent came first,
//! and later fixed that.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::edges::{self, Edge};
use super::graph::{Dependency, Include, Skipped};
use super::peers::PeerEdges;
use super::walk::{Selected, is_development_runtime, lists};
use crate::platform::Platforms;
use crate::rules::{HoistedImporters, LinksOfRoot, SkippedOptional};
use crate::{DepPath, ImporterId, NodeLinker, PackageInfo, PnpmError, Snapshot, Workspace};

/// The result of the walk over packages.
pub(super) struct Reached<'a> {
    pub(super) installed: BTreeMap<DepPath, Node<'a>>,
    pub(super) skipped: Skipped,
    /// Importers whose dependencies are installed, but not linked in them.
    pub(super) unlinked: BTreeSet<ImporterId>,
}

/// A package with its edges.
pub(super) struct Node<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) info: &'a PackageInfo,
    pub(super) children: Vec<(String, Dependency, bool)>,
    /// Why it cannot run on this platform, although it is installed.
    pub(super) fault: Option<String>,
}

/// Walks from the importers' dependencies. Links inside of packages may add importers.
pub(super) fn packages<'a>(
    workspace: &'a Workspace,
    selected: &mut Selected<'a>,
    include: Include,
    platforms: &Platforms,
) -> Result<Reached<'a>, PnpmError> {
    let reached = Reached { installed: BTreeMap::new(), skipped: BTreeMap::new(), unlinked: BTreeSet::new() };
    let peers = PeerEdges::new(workspace, include)?;
    let mut walk = Walk {
        workspace,
        include,
        platforms,
        peers,
        reached,
        faults: HashMap::new(),
        queue: VecDeque::new(),
    };
    let importers = selected.order.clone();
    for importer in &importers {
        walk.importer(importer)?;
    }
    if takes_all(workspace) {
        let others = workspace.lockfile.importers.keys().filter(|id| !importers.contains(id));
        others.into_iter().try_for_each(|id| walk.importer(id))?;
    } else if importers.contains(&ImporterId::root()) {
        match workspace.rules.closure.links_of_root {
            LinksOfRoot::Installed | LinksOfRoot::LinkedInWithDedupePeerDependents => {
                walk.linked_from_root(selected)?;
            }
            LinksOfRoot::LinkedAlone => {}
        }
    }
    walk.run(selected)?;
    walk.skip_below()?;
    walk.leave_peers();
    Ok(walk.reached)
}

/// Whether the dependencies of all importers are installed, whichever is asked for.
pub(super) fn takes_all(workspace: &Workspace) -> bool {
    let hoisted = workspace.settings.node_linker == NodeLinker::Hoisted;
    hoisted && workspace.rules.hoisted.importers == HoistedImporters::All
}

struct Walk<'a, 'p> {
    workspace: &'a Workspace,
    include: Include,
    platforms: &'p Platforms,
    peers: PeerEdges<'a>,
    reached: Reached<'a>,
    faults: HashMap<DepPath, Option<String>>,
    queue: VecDeque<(DepPath, bool, String)>,
}

impl Walk<'_, '_> {
    fn importer(&mut self, id: &ImporterId) -> Result<(), PnpmError> {
        let Some(importer) = self.workspace.lockfile.importers.get(id) else { return Ok(()) };
        for list in lists(importer, self.include) {
            let optional = std::ptr::eq(list, &importer.optional_dependencies);
            for (alias, entry) in list.iter().filter(|(_, entry)| !is_development_runtime(importer, entry)) {
                if let Edge::Package(dep_path) = edges::direct(id, alias, &entry.version)? {
                    self.queue.push_back((dep_path, optional, id.to_string()));
                }
            }
        }
        Ok(())
    }

    fn linked_from_root(&mut self, selected: &mut Selected<'_>) -> Result<(), PnpmError> {
        let root = ImporterId::root();
        let Some(importer) = self.workspace.lockfile.importers.get(&root) else { return Ok(()) };
        for (alias, entry) in lists(importer, self.include).into_iter().flatten() {
            if let Edge::Link(folder) = edges::direct(&root, alias, &entry.version)? {
                self.linked(selected, &folder)?;
            }
        }
        Ok(())
    }

    /// Whether folders that are not selected get no links of their own. In a build they always get them: its scripts
    /// may run what is there.
    fn reads_selected_alone(&self) -> bool {
        let rule = match self.workspace.rules.closure.links_of_root {
            LinksOfRoot::LinkedInWithDedupePeerDependents => true,
            LinksOfRoot::Installed | LinksOfRoot::LinkedAlone => false,
        };
        rule && self.include == Include::Production
            && !self.workspace.settings.resolution.dedupe_peer_dependents
    }

    /// A folder that a link leads to. It may not be selected.
    fn linked(&mut self, selected: &mut Selected<'_>, folder: &ImporterId) -> Result<(), PnpmError> {
        let new = match self.reads_selected_alone() {
            false => selected.add(folder),
            true => selected.is_other(folder) && self.reached.unlinked.insert(folder.clone()),
        };
        if new { self.importer(folder) } else { Ok(()) }
    }

    fn run(&mut self, selected: &mut Selected<'_>) -> Result<(), PnpmError> {
        let all = takes_all(self.workspace);
        while let Some((dep_path, optional_edge, from)) = self.queue.pop_front() {
            if self.reached.installed.contains_key(&dep_path) {
                continue;
            }
            let (snapshot, info) = self.entry(&dep_path, &from)?;
            let fault =
                self.faults.entry(dep_path.clone()).or_insert_with(|| self.platforms.fault(info)).clone();
            let may_go = match self.workspace.rules.closure.skipped_optional {
                SkippedOptional::MarkedInLockfile => snapshot.optional,
                SkippedOptional::ReachedByOptionalEdges => optional_edge,
            };
            if let Some(reason) = fault.as_ref().filter(|_| may_go) {
                self.reached.skipped.insert(dep_path, reason.clone());
                continue;
            }
            self.reached.skipped.remove(&dep_path);
            let children = edges::children(&dep_path, snapshot)?;
            for (alias, child, optional) in &children {
                match child {
                    Dependency::Package(_) if self.peers.contains(&dep_path, alias) => {}
                    Dependency::Package(child) => {
                        self.queue.push_back((child.clone(), *optional, dep_path.to_string()))
                    }
                    // All importers are included already.
                    Dependency::Link(_) if all => {}
                    Dependency::Link(folder) => self.linked(selected, folder)?,
                }
            }
            self.reached.installed.insert(dep_path, Node { snapshot, info, children, fault });
        }
        Ok(())
    }

    /// Edges that were not followed stay if their target was reached some other way.
    fn leave_peers(&mut self) {
        let there: BTreeSet<DepPath> = self.reached.installed.keys().cloned().collect();
        for (dep_path, node) in &mut self.reached.installed {
            node.children.retain(|(alias, child, _)| match child {
                Dependency::Package(child) => there.contains(child) || !self.peers.contains(dep_path, alias),
                Dependency::Link(_) => true,
            });
        }
    }

    /// Packages that only skipped packages need are skipped with them, and reported so that a reader need not wonder.
    /// By the rule that reads only the lockfile, a package without the mark there (something not installed needs it,
    /// such as a development tool) is installed, although no link leads to it.
    fn skip_below(&mut self) -> Result<(), PnpmError> {
        let mut stack: Vec<DepPath> = self.reached.skipped.keys().cloned().collect();
        while let Some(dep_path) = stack.pop() {
            let (snapshot, _) = self.entry(&dep_path, "a skipped package")?;
            for (_, child, _) in edges::children(&dep_path, snapshot)? {
                let Dependency::Package(child) = child else { continue };
                if self.reached.installed.contains_key(&child) || self.reached.skipped.contains_key(&child) {
                    continue;
                }
                let (snapshot, info) = self.entry(&child, dep_path.as_str())?;
                let goes = match self.workspace.rules.closure.skipped_optional {
                    SkippedOptional::MarkedInLockfile => snapshot.optional,
                    SkippedOptional::ReachedByOptionalEdges => true,
                };
                if goes {
                    let reason = format!("only {dep_path} needs it, and that package is left out");
                    self.reached.skipped.insert(child.clone(), reason);
                } else {
                    let children = edges::children(&child, snapshot)?;
                    let node = Node { snapshot, info, children, fault: None };
                    self.reached.installed.insert(child.clone(), node);
                }
                stack.push(child);
            }
        }
        Ok(())
    }
}

impl<'a> Walk<'a, '_> {
    fn entry(&self, dep_path: &DepPath, from: &str) -> Result<(&'a Snapshot, &'a PackageInfo), PnpmError> {
        let missing =
            |missing: &str| PnpmError::MissingEntry { from: from.to_owned(), missing: missing.to_owned() };
        let lockfile = &self.workspace.lockfile;
        let snapshot = lockfile.snapshots.get(dep_path).ok_or_else(|| missing(dep_path.as_str()))?;
        let info = lockfile.info(dep_path).ok_or_else(|| missing(dep_path.package_key()))?;
        Ok((snapshot, info))
    }
}
