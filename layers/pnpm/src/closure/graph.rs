//! The installed part of the dependency graph: types and queries.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Feed, KeyValue};

use crate::{Bundled, DepPath, ImporterId, Resolution};

/// Packages that are left out, with the reason.
pub(super) type Skipped = BTreeMap<DepPath, String>;

/// Which dependency lists of the importers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// `dependencies` and `optionalDependencies`: the content of the image.
    Production,
    /// `devDependencies` as well: for the build step.
    All,
}

/// The part of the graph that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// The importers in pnpm's walk order, which decides hoisting.
    pub importers: Vec<ImporterId>,
    /// Importers whose dependencies are installed although nothing needs them: under `nodeLinker: hoisted`, all others.
    pub others: BTreeSet<ImporterId>,
    /// The lists that count.
    pub include: Include,
    /// Direct dependencies of each of `importers`, in the order of the lockfile's lists, without skipped ones.
    pub direct: BTreeMap<ImporterId, Vec<(String, Dependency)>>,
    /// The same for importers without links of their own: links lead to them, and their dependencies are installed.
    pub unlinked: BTreeMap<ImporterId, Vec<(String, Dependency)>>,
    pub packages: BTreeMap<DepPath, ClosurePackage>,
    /// Packages left out for their platform or engine, with the reason.
    pub skipped: BTreeMap<DepPath, String>,
    /// Packages kept although they are for another platform, with the reason: they are not optional.
    pub mismatched: BTreeMap<DepPath, String>,
}

/// The target of an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// To a package of the closure.
    Package(DepPath),
    /// A folder of the workspace, relative to its root: an importer, or the `publishConfig.directory` of one.
    Link(ImporterId),
}

impl KeyValue for Dependency {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            Dependency::Package(path) => ("package", path).feed(feed),
            Dependency::Link(folder) => ("folder", folder).feed(feed),
        }
    }
}

/// One package of the closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosurePackage {
    /// Its real name, valid as a path under node_modules.
    pub name: String,
    /// Its version; empty if the lockfile has none (folders).
    pub version: String,
    /// Where its files come from.
    pub resolution: Resolution,
    /// alias → target, dependencies before optional ones, each in the lockfile's order, without skipped ones.
    pub children: Vec<(String, Dependency)>,
    pub has_bin: bool,
    /// Only optional dependencies lead to it.
    pub optional: bool,
    /// The packages that its archive bundles.
    pub bundled: Bundled,
    /// Whether it has install scripts, if the lockfile says so.
    pub requires_build: Option<bool>,
}

// The fields left out follow from others: most from the package's own files, which the resolution names; `optional`
// from the edges of the closure.
fourply_blob::key_value!(ClosurePackage {
    name,
    version,
    resolution,
    children,
} without {
    has_bin,
    optional,
    bundled,
    requires_build,
});

impl Closure {
    /// The workspace folders that packages are copies of, with these packages: injected ones and `file:` folders.
    pub fn copied_folders(&self) -> BTreeMap<ImporterId, Vec<DepPath>> {
        let mut folders: BTreeMap<ImporterId, Vec<DepPath>> = BTreeMap::new();
        for (dep_path, package) in &self.packages {
            if let Resolution::Directory { path } = &package.resolution
                && let Some(folder) = ImporterId::new(path)
            {
                folders.entry(folder).or_default().push(dep_path.clone());
            }
        }
        folders
    }

    /// Removes a package and every edge to it, as if it were skipped. Packages that only it needs stay.
    pub fn leave_out(&mut self, package: &DepPath, reason: String) {
        self.cut_off(package);
        self.packages.remove(package);
        self.skipped.insert(package.clone(), reason);
    }

    /// Removes every edge to a package, and returns the packages that had one.
    pub fn cut_off(&mut self, package: &DepPath) -> BTreeSet<DepPath> {
        let stays =
            |(_, to): &(String, Dependency)| !matches!(to, Dependency::Package(path) if path == package);
        let lists = self.direct.values_mut().chain(self.unlinked.values_mut());
        lists.for_each(|list| list.retain(stays));
        let mut dependents = BTreeSet::new();
        for (path, other) in &mut self.packages {
            let before = other.children.len();
            other.children.retain(stays);
            if other.children.len() < before {
                dependents.insert(path.clone());
            }
        }
        dependents
    }

    /// Removes packages that no importer reaches, except `kept` and their dependencies.
    pub fn drop_unreached(&mut self, kept: &BTreeSet<DepPath>) {
        let packages = |list: &[(String, Dependency)]| -> Vec<DepPath> {
            let packages = list.iter().filter_map(|(_, to)| match to {
                Dependency::Package(path) => Some(path.clone()),
                Dependency::Link(_) => None,
            });
            packages.collect()
        };
        let lists = self.direct.values().chain(self.unlinked.values());
        let mut queue: Vec<DepPath> = lists.flat_map(|list| packages(list)).collect();
        queue.extend(kept.iter().cloned());
        let mut reached = BTreeSet::new();
        while let Some(path) = queue.pop() {
            if let Some(package) = self.packages.get(&path).filter(|_| reached.insert(path)) {
                queue.extend(packages(&package.children));
            }
        }
        self.packages.retain(|path, _| reached.contains(path));
    }
}
