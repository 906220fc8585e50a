//! Hoisting: which aliases are linked beside the virtual store's slots, or in the root's node_modules, and to what.
//!
//! In: a closure, its places and the patterns. Out: one [`Hoisted`] for each alias. It creates no links itself.
//!
//! The walk is pnpm's own (`getHoistedDependencies` in each version) and not a breadth-first search: the children of a level are
//! all marked as visited, then each branch is gone into fully, so a package's depth depends on the order of the walk. pnpm 9 and 10
//! order the importers by whichever of its parallel reads ends first, and differ from run to run where it matters; here the
//! closure's order of importers decides.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::Patterns;
use super::places::Places;
use crate::{Closure, DepPath, Dependency, Dialect, ImporterId, Workspace};

/// An alias that is linked where every package can resolve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hoisted {
    /// The name of the link.
    pub(crate) alias: String,
    /// In the root's node_modules, not the virtual store's.
    pub(crate) public: bool,
    /// What it leads to.
    pub(crate) target: Dependency,
}

/// Everything that is hoisted, in the order in which pnpm decides it.
pub(crate) fn hoist(
    ws: &Workspace,
    closure: &Closure,
    places: &Places<'_>,
    dialect: Dialect,
) -> Vec<Hoisted> {
    let private =
        if ws.settings.hoist { Patterns::new(&ws.settings.hoist_pattern) } else { Patterns::new(&[]) };
    let public = Patterns::new(&ws.settings.public_hoist_pattern);
    // Where there is no package, 10 hoists nothing, and 9 nothing unless something is linked.
    let linked = closure.direct.values().any(|direct| !direct.is_empty());
    if closure.packages.is_empty() && (dialect == Dialect::V10 || (dialect == Dialect::V9 && !linked)) {
        return Vec::new();
    }
    let mut hoister =
        Hoister { dialect, private, public, taken: root_aliases(ws, closure, dialect), hoisted: Vec::new() };
    let workspace =
        if ws.settings.hoist_workspace_packages { workspace_names(ws, closure, dialect) } else { Vec::new() };
    hoister.place_direct(closure, &workspace);
    let mut nodes = walk(closure);
    match dialect {
        Dialect::V9 => nodes.sort(),
        _ => nodes.sort_by_cached_key(|(depth, dep_path)| {
            (*depth, places.of(dep_path).map(|place| &place.package))
        }),
    }
    for (_, dep_path) in nodes {
        hoister.place_children(ws, closure, dep_path);
    }
    hoister.hoisted
}

struct Hoister {
    dialect: Dialect,
    private: Patterns,
    public: Patterns,
    /// Lower case, but for what pnpm 9 and 10 put in at the start.
    taken: BTreeSet<String>,
    hoisted: Vec<Hoisted>,
}

impl Hoister {
    /// The direct dependencies of all importers, the first importer's of an alias, and the workspace's own packages.
    fn place_direct(&mut self, closure: &Closure, workspace: &[(String, ImporterId)]) {
        let mut direct: BTreeMap<&str, &DepPath> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        for (alias, dependency) in
            closure.importers.iter().filter_map(|importer| closure.direct.get(importer)).flatten()
        {
            if let Dependency::Package(dep_path) = dependency {
                direct.entry(alias).or_insert_with(|| {
                    order.push(alias);
                    dep_path
                });
            }
        }
        for alias in &order {
            if let Some(dep_path) = direct.get(alias) {
                self.place(alias, Dependency::Package((*dep_path).clone()));
            }
        }
        let root = closure.direct.get(&ImporterId::root());
        for (name, importer) in workspace.iter().filter(|(name, _)| !direct.contains_key(name.as_str())) {
            // From 11 on a link of the root's hides no package of the workspace from the virtual store.
            let is_link =
                |(alias, to): &(String, Dependency)| alias == name && matches!(to, Dependency::Link(_));
            let linked = self.dialect >= Dialect::V11 && root.into_iter().flatten().any(is_link);
            if linked && self.is_public(name) == Some(false) {
                self.taken.remove(&name.to_lowercase());
            }
            self.place(name, Dependency::Link(importer.clone()));
        }
    }

    fn place_children(&mut self, ws: &Workspace, closure: &Closure, dep_path: &DepPath) {
        let Some(package) = closure.packages.get(dep_path) else { return };
        for (alias, child) in &package.children {
            if matches!(child, Dependency::Package(_)) {
                self.place(alias, child.clone());
            }
        }
        if self.dialect == Dialect::V9 {
            self.claim_skipped(ws, closure, dep_path);
        }
    }

    /// pnpm 9 lets a dependency that was skipped for its platform claim its alias all the same.
    fn claim_skipped(&mut self, ws: &Workspace, closure: &Closure, dep_path: &DepPath) {
        let Some(snapshot) = ws.lockfile.snapshots.get(dep_path) else { return };
        for (alias, reference) in &snapshot.optional_dependencies {
            let skipped = DepPath::from_reference(alias, reference)
                .is_some_and(|child| closure.skipped.contains_key(&child));
            if skipped && self.is_public(alias).is_some() {
                self.taken.insert(alias.to_lowercase());
            }
        }
    }

    fn place(&mut self, alias: &str, target: Dependency) {
        let Some(public) = self.is_public(alias) else { return };
        if self.taken.contains(&alias.to_lowercase()) {
            return;
        }
        self.taken.insert(alias.to_lowercase());
        self.hoisted.push(Hoisted { alias: alias.to_owned(), public, target });
    }

    fn is_public(&self, alias: &str) -> Option<bool> {
        if self.public.matches(alias) {
            return Some(true);
        }
        self.private.matches(alias).then_some(false)
    }
}

/// What the root has of its own: nothing hoisted may hide it.
fn root_aliases(ws: &Workspace, closure: &Closure, dialect: Dialect) -> BTreeSet<String> {
    let root = ImporterId::root();
    if dialect == Dialect::V9 {
        // pnpm 9 asks the lockfile's specifiers, so those that are not installed count as well.
        let importer = ws.lockfile.importers.get(&root);
        let groups = importer.map(|importer| {
            [&importer.dependencies, &importer.dev_dependencies, &importer.optional_dependencies]
        });
        return groups.into_iter().flatten().flat_map(|group| group.keys().cloned()).collect();
    }
    let direct = closure.direct.get(&root).into_iter().flatten();
    let case = |alias: &String| if dialect == Dialect::V10 { alias.clone() } else { alias.to_lowercase() };
    direct.map(|(alias, _)| case(alias)).collect()
}

/// Names of the workspace's packages but the root: 10 knows those of the closure alone, as does 9 without `dedupePeerDependents`; 11
/// passes over a name that some importer of the whole workspace uses for a package.
fn workspace_names(ws: &Workspace, closure: &Closure, dialect: Dialect) -> Vec<(String, ImporterId)> {
    let installed_alone =
        dialect == Dialect::V10 || (dialect == Dialect::V9 && !ws.settings.dedupe_peer_dependents);
    let used = if dialect == Dialect::V11 { names_of_packages(ws) } else { BTreeSet::new() };
    let mut names: BTreeMap<String, ImporterId> = BTreeMap::new();
    for (importer, manifest) in &ws.manifests {
        let Some(name) = manifest.name.as_ref().filter(|name| !name.is_empty() && !importer.is_root()) else {
            continue;
        };
        let known = !installed_alone || closure.importers.contains(importer);
        if known && !used.contains(&name.to_lowercase()) && super::places::is_name(name) {
            names.insert(name.clone(), importer.clone());
        }
    }
    names.into_iter().collect()
}

fn names_of_packages(ws: &Workspace) -> BTreeSet<String> {
    let groups = ws
        .lockfile
        .importers
        .values()
        .flat_map(|importer| [&importer.dependencies, &importer.optional_dependencies]);
    let packages = groups
        .flatten()
        .filter(|(alias, dependency)| DepPath::from_reference(alias, &dependency.version).is_some());
    packages.map(|(alias, _)| alias.to_lowercase()).collect()
}

/// Every package with its depth in pnpm's walk.
fn walk(closure: &Closure) -> Vec<(usize, &DepPath)> {
    let mut visited = BTreeSet::new();
    let direct = closure.importers.iter().filter_map(|importer| closure.direct.get(importer)).flatten();
    let mut groups = vec![(0, unvisited(closure, direct, &mut visited))];
    let mut nodes = Vec::new();
    while let Some((depth, group)) = groups.pop() {
        let mut below = Vec::new();
        for dep_path in group {
            nodes.push((depth, dep_path));
            let children = closure.packages.get(dep_path).into_iter().flat_map(|package| &package.children);
            below.push((depth + 1, unvisited(closure, children, &mut visited)));
        }
        groups.extend(below.into_iter().rev());
    }
    nodes
}

fn unvisited<'a>(
    closure: &'a Closure,
    dependencies: impl Iterator<Item = &'a (String, Dependency)>,
    visited: &mut BTreeSet<&'a DepPath>,
) -> Vec<&'a DepPath> {
    let packages = dependencies.filter_map(|(_, dependency)| match dependency {
        Dependency::Package(dep_path) if closure.packages.contains_key(dep_path) => Some(dep_path),
        _ => None,
    });
    packages.filter(|dep_path| visited.insert(*dep_path)).collect()
}

#[cfg(test)]
mod tests;
