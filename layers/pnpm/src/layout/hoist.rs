//! Hoisting: which aliases are linked in the virtual store's node_modules or in the root's, and their targets.
//!
//! In: a closure, its locations and the patterns. Out: one [`Hoisted`] for each alias. It creates no links itself.
//!
//! The walk is pnpm's own (`getHoistedDependencies` in each version), not a breadth-first search: it marks all children
//! of a level as visited, then enters each branch fully. So a package's depth depends on the walk order. Some versions
//! order the importers by which parallel read ends first, and differ from run to run where it matters. Here the
//! closure's order of importers decides.

use std::collections::{BTreeMap, BTreeSet};

use super::locations::Locations;
use super::pattern::HoistPatterns;
use crate::rules::{AliasCase, HoistOrder, HoistRules, RootAliases, WithoutPackages, WorkspaceNames};
use crate::{Closure, DepPath, Dependency, ImporterId, Workspace};

/// An alias that is linked where every package can resolve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hoisted {
    /// The name of the link.
    pub(crate) alias: String,
    /// The link is in the root's node_modules, not the virtual store's.
    pub(crate) public: bool,
    /// The target of the link.
    pub(crate) target: Dependency,
}

impl Hoisted {
    /// Whether the target is in the closure.
    pub(crate) fn is_in(&self, closure: &Closure) -> bool {
        match &self.target {
            Dependency::Link(importer) => closure.importers.contains(importer),
            Dependency::Package(_) => true,
        }
    }
}

/// Which workspace packages hoisting may link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceLinks {
    /// All that pnpm links, although most of their folders are missing.
    All,
    /// Those of the closure, because the other folders are missing. Their links would be dangling, and would change
    /// with packages that the closure does not need. Under `nodeLinker: hoisted` there is no such choice: the whole
    /// lockfile decides the locations.
    OfClosure,
}

/// The names of workspace packages that matter for hoisting in one closure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoistableNames {
    /// The names and folders of the closure's own packages.
    pub own: Vec<(String, ImporterId)>,
    /// Names of other workspace packages, in lower case, that an alias in the closure also uses: that alias is not
    /// hoisted.
    pub taken: BTreeSet<String>,
}

impl HoistableNames {
    /// The names for a closure. Names of other packages matter only with [`WorkspaceLinks::All`].
    pub fn of(ws: &Workspace, closure: &Closure) -> HoistableNames {
        if !ws.settings.hoisting.hoist_workspace_packages {
            return HoistableNames::default();
        }
        let names = workspace_names(ws, closure, ws.rules.hoist.workspace_names);
        let (own, others): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|(_, importer)| closure.importers.contains(importer));
        if others.is_empty() {
            return HoistableNames { own, taken: BTreeSet::new() };
        }
        let children = closure.packages.values().flat_map(|package| &package.children);
        let aliases = closure.direct.values().flatten().chain(children).map(|(alias, _)| alias);
        let skipped = closure.skipped.keys().map(DepPath::name);
        let present: BTreeSet<String> = aliases
            .map(String::as_str)
            .chain(skipped)
            .chain(own.iter().map(|(name, _)| name.as_str()))
            .map(str::to_lowercase)
            .collect();
        let others = others.into_iter().map(|(name, _)| name.to_lowercase());
        HoistableNames { taken: others.filter(|name| present.contains(name)).collect(), own }
    }
}

/// The packages of the workspace that an image of a closure may have links to beside its packages, whether or not the closure has them: names and folders.
pub fn hoistable_packages(ws: &Workspace, closure: &Closure) -> Vec<(String, ImporterId)> {
    let (settings, rules) = (&ws.settings.hoisting, &ws.rules.hoist);
    let nothing = closure.packages.is_empty() && hoists_nothing(closure, rules.without_packages);
    if !settings.hoist_workspace_packages || nothing {
        return Vec::new();
    }
    let private = HoistPatterns::new(if settings.hoist { &settings.hoist_pattern } else { &[] });
    let public = HoistPatterns::new(&settings.public_hoist_pattern);
    let mut names = workspace_names(ws, closure, rules.workspace_names);
    names.retain(|(name, _)| private.matches(name) || public.matches(name));
    names
}

/// Everything that is hoisted, in the order in which pnpm decides it.
pub(crate) fn hoist(
    ws: &Workspace,
    closure: &Closure,
    locations: &Locations<'_>,
    rules: &HoistRules,
) -> Vec<Hoisted> {
    let private = if ws.settings.hoisting.hoist {
        HoistPatterns::new(&ws.settings.hoisting.hoist_pattern)
    } else {
        HoistPatterns::new(&[])
    };
    let public = HoistPatterns::new(&ws.settings.hoisting.public_hoist_pattern);
    if closure.packages.is_empty() && hoists_nothing(closure, rules.without_packages) {
        return Vec::new();
    }
    let mut hoister =
        Hoister { rules, private, public, taken: root_aliases(ws, closure, rules), hoisted: Vec::new() };
    let workspace = if ws.settings.hoisting.hoist_workspace_packages {
        workspace_names(ws, closure, rules.workspace_names)
    } else {
        Vec::new()
    };
    hoister.place_direct(closure, &workspace);
    let mut nodes = walk(closure);
    match rules.order {
        HoistOrder::ByDepPath => nodes.sort(),
        HoistOrder::ByDirectory => nodes.sort_by_cached_key(|(depth, dep_path)| {
            (*depth, locations.of(dep_path).map(|place| &place.package))
        }),
    }
    for (_, dep_path) in nodes {
        hoister.place_children(ws, closure, dep_path);
    }
    hoister.hoisted
}

/// Whether nothing is hoisted in a closure without packages.
fn hoists_nothing(closure: &Closure, rule: WithoutPackages) -> bool {
    match rule {
        WithoutPackages::Nothing => true,
        WithoutPackages::WorkspaceIfAnythingIsLinked => closure.direct.values().all(Vec::is_empty),
        WithoutPackages::Workspace => false,
    }
}

struct Hoister<'a> {
    rules: &'a HoistRules,
    private: HoistPatterns,
    public: HoistPatterns,
    /// Lower case, except for the names that the rules insert at the start.
    taken: BTreeSet<String>,
    hoisted: Vec<Hoisted>,
}

impl Hoister<'_> {
    /// Takes the direct dependencies of all importers (the first importer wins an alias) and the workspace's own
    /// packages.
    fn place_direct(&mut self, closure: &Closure, workspace: &[(String, ImporterId)]) {
        let mut direct: BTreeMap<&str, &DepPath> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        for (alias, dependency) in direct_dependencies(closure) {
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
            let is_link =
                |(alias, to): &(String, Dependency)| alias == name && matches!(to, Dependency::Link(_));
            let linked =
                !self.rules.root_link_hides_workspace_package && root.into_iter().flatten().any(is_link);
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
        if self.rules.skipped_dependency_takes_alias {
            self.claim_skipped(ws, closure, dep_path);
        }
    }

    /// A dependency that was skipped for its platform still takes its alias.
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

/// The root's own names: nothing hoisted may hide them.
fn root_aliases(ws: &Workspace, closure: &Closure, rules: &HoistRules) -> BTreeSet<String> {
    let root = ImporterId::root();
    let aliases: Vec<&String> = match rules.root_aliases {
        RootAliases::InLockfile => {
            let importer = ws.lockfile.importers.get(&root);
            let groups = importer.map(|importer| {
                [&importer.dependencies, &importer.dev_dependencies, &importer.optional_dependencies]
            });
            groups.into_iter().flatten().flat_map(BTreeMap::keys).collect()
        }
        RootAliases::Installed => {
            closure.direct.get(&root).into_iter().flatten().map(|(alias, _)| alias).collect()
        }
    };
    let case = |alias: &String| match rules.root_alias_case {
        AliasCase::AsWritten => alias.clone(),
        AliasCase::Lower => alias.to_lowercase(),
    };
    aliases.into_iter().map(case).collect()
}

/// The names of the workspace's packages, without the root.
fn workspace_names(ws: &Workspace, closure: &Closure, rule: WorkspaceNames) -> Vec<(String, ImporterId)> {
    let (installed_alone, used) = match rule {
        WorkspaceNames::InstalledUnlessDedupePeerDependents => {
            (!ws.settings.resolution.dedupe_peer_dependents, BTreeSet::new())
        }
        WorkspaceNames::Installed => (true, BTreeSet::new()),
        WorkspaceNames::AllButNamesOfPackages => (false, names_of_packages(ws)),
        WorkspaceNames::All => (false, BTreeSet::new()),
    };
    let mut names: BTreeMap<String, ImporterId> = BTreeMap::new();
    for (importer, manifest) in &ws.manifests {
        let Some(name) = manifest.name.as_ref().filter(|name| !name.is_empty() && !importer.is_root()) else {
            continue;
        };
        let known = !installed_alone || closure.importers.contains(importer);
        if known && !used.contains(&name.to_lowercase()) && super::locations::is_name(name) {
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

/// The direct dependencies of all importers; those of importers without their own links come last.
fn direct_dependencies(closure: &Closure) -> impl Iterator<Item = &(String, Dependency)> {
    let lists = closure.importers.iter().filter_map(|importer| closure.direct.get(importer));
    lists.chain(closure.unlinked.values()).flatten()
}

/// Every package with its depth in pnpm's walk.
fn walk(closure: &Closure) -> Vec<(usize, &DepPath)> {
    let mut visited = BTreeSet::new();
    let direct = direct_dependencies(closure);
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
