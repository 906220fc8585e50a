//! Which importers are installed, and in which order.
//!
//! Source: `pnpm install --filter-prod 'svc...'` selects the service; then, depth first, the workspace packages that it
//! depends on, in the order of its package.json; then the root. A rule may sort them (`ImporterOrder`). One thing
//! differs: pnpm does not follow a dependency with the specifier `link:…`, and creates no node_modules for its package.
//! Here every link of the lockfile is followed, because the service could not run without it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::edges::{self, Edge};
use super::graph::Include;
use crate::{DepPath, Importer, ImporterDependency, ImporterId, PnpmError, Workspace};

/// The importers of the walk, in order, without duplicates.
pub(super) struct Selected<'a> {
    workspace: &'a Workspace,
    include: Include,
    publishers: HashMap<ImporterId, &'a ImporterId>,
    pub(super) order: Vec<ImporterId>,
    seen: BTreeSet<ImporterId>,
}

impl<'a> Selected<'a> {
    /// The roots and everything they depend on, the workspace's root last.
    pub(super) fn walk(
        workspace: &'a Workspace,
        roots: &[ImporterId],
        include: Include,
    ) -> Result<Selected<'a>, PnpmError> {
        let mut selected = Selected::new(workspace, include);
        for root in roots {
            selected.subgraph(root)?;
        }
        selected.add(&ImporterId::root());
        Ok(selected)
    }

    /// One service and its dependencies as a graph.
    pub(super) fn graph(
        workspace: &'a Workspace,
        service: &ImporterId,
        include: Include,
    ) -> Result<BTreeMap<ImporterId, BTreeSet<ImporterId>>, PnpmError> {
        let mut selected = Selected::new(workspace, include);
        selected.subgraph(service)?;
        let node = |id: &ImporterId| {
            let needs =
                selected.needs(id)?.into_iter().filter(|need| need != id && selected.seen.contains(need));
            Ok((id.clone(), needs.collect()))
        };
        selected.order.iter().map(node).collect()
    }

    pub(super) fn new(workspace: &'a Workspace, include: Include) -> Selected<'a> {
        let importers = workspace.lockfile.importers.iter();
        let publishers = importers
            .filter_map(|(id, importer)| Some((id.join(importer.publish_directory.as_deref()?)?, id)));
        Selected {
            workspace,
            include,
            publishers: publishers.collect(),
            order: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Adds one importer only. Returns whether it is an importer and was new.
    pub(super) fn add(&mut self, id: &ImporterId) -> bool {
        let new = self.workspace.knows(id) && self.seen.insert(id.clone());
        if new {
            self.order.push(id.clone());
        }
        new
    }

    /// Whether it is an importer that is not selected.
    pub(super) fn is_other(&self, id: &ImporterId) -> bool {
        self.workspace.knows(id) && !self.seen.contains(id)
    }

    fn subgraph(&mut self, root: &ImporterId) -> Result<(), PnpmError> {
        let mut stack = vec![root.clone()];
        while let Some(id) = stack.pop() {
            if !self.add(&id) {
                continue;
            }
            let needs = self.needs(&id)?;
            stack.extend(needs.into_iter().rev());
        }
        Ok(())
    }

    /// The workspace packages that an importer depends on, linked or injected, in the order of its package.json.
    fn needs(&self, id: &ImporterId) -> Result<Vec<ImporterId>, PnpmError> {
        let mut needs = Vec::new();
        for (alias, entry) in self.written(id) {
            match edges::direct(id, alias, &entry.version)? {
                Edge::Link(folder) => needs.push(self.owner(&folder)),
                Edge::Package(dep_path) => {
                    needs.extend(injected(&dep_path).map(|folder| self.owner(&folder)));
                }
                Edge::Outside => {}
            }
        }
        Ok(needs)
    }

    /// The importer that a link or an injected package leads to: the folder itself, or the importer that publishes it.
    pub(super) fn owner(&self, folder: &ImporterId) -> ImporterId {
        let importer = self.workspace.lockfile.importers.contains_key(folder);
        let publisher = self.publishers.get(folder).filter(|_| !importer);
        publisher.map_or_else(|| folder.clone(), |publisher| (*publisher).clone())
    }

    /// Dependencies in the order in which pnpm reads package.json: peers, development, optional, production. A name in
    /// two lists has the position of the first.
    fn written(&self, id: &ImporterId) -> Vec<(&'a str, &'a ImporterDependency)> {
        let Some(importer) = self.workspace.lockfile.importers.get(id) else { return Vec::new() };
        let mut found = lists(importer, self.include)
            .into_iter()
            .flatten()
            .filter(|(_, entry)| !is_development_runtime(importer, entry))
            .map(|(alias, entry)| (alias.as_str(), entry))
            .collect::<BTreeMap<_, _>>();
        let mut ordered = Vec::new();
        if let Some(manifest) = self.workspace.manifests.get(id) {
            for field in ["peerDependencies", "devDependencies", "optionalDependencies", "dependencies"] {
                if field == "devDependencies" && self.include == Include::Production {
                    continue;
                }
                ordered.extend(manifest.names_in_order(field).filter_map(|name| found.remove_entry(name)));
            }
        }
        ordered.extend(found);
        ordered
    }
}

/// An importer's lists in the order in which pnpm merges them.
pub(super) fn lists(importer: &Importer, include: Include) -> Vec<&BTreeMap<String, ImporterDependency>> {
    let development = (include == Include::All).then_some(&importer.dev_dependencies);
    development.into_iter().chain([&importer.dependencies, &importer.optional_dependencies]).collect()
}

/// Whether a dependency is a runtime for development. Builds get theirs elsewhere, so it is not installed.
pub(super) fn is_development_runtime(importer: &Importer, entry: &ImporterDependency) -> bool {
    entry.version.starts_with("runtime:")
        && importer.dev_dependencies.values().any(|development| std::ptr::eq(development, entry))
}

/// The folder of an injected package.
fn injected(dep_path: &DepPath) -> Option<ImporterId> {
    ImporterId::new(dep_path.version().strip_prefix("file:")?)
}
