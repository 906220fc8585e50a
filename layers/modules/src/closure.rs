//! What one service needs on one platform. In: a workspace read already. Out: importers, packages and the edges between them.
//! It must not know of directories or links of the layout.

use std::collections::BTreeMap;

use crate::{Bundled, DepPath, ImporterId, Resolution};

/// Which dependency lists of the importers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// `dependencies` and `optionalDependencies`, as the image holds them.
    Production,
    /// `devDependencies` as well, for the build step.
    All,
}

/// The part of the graph that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// The importers in the order in which pnpm walks them, which decides hoisting.
    pub importers: Vec<ImporterId>,
    /// Direct dependencies of each of `importers` in the order of the lockfile's lists, skipped ones left out.
    pub direct: BTreeMap<ImporterId, Vec<(String, Dependency)>>,
    /// The packages.
    pub packages: BTreeMap<DepPath, ClosurePackage>,
    /// What was left out for its platform or engine, with the reason.
    pub skipped: BTreeMap<DepPath, String>,
    /// What is kept though it says that it does not run here, with the reason: it is not optional.
    pub mismatched: BTreeMap<DepPath, String>,
}

/// Where an edge of the graph leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dependency {
    /// To a package of the closure.
    Package(DepPath),
    /// To a folder of the workspace, relative to its root: an importer, or what `publishConfig.directory` names in one.
    Link(ImporterId),
}

/// One package of the closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosurePackage {
    /// Its real name, valid as a path under node_modules.
    pub name: String,
    /// Its version; empty where the lockfile does not tell (folders).
    pub version: String,
    /// Where its files come from.
    pub resolution: Resolution,
    /// alias → target, dependencies first and then optional ones, each in the lockfile's order; skipped ones are left out.
    pub children: Vec<(String, Dependency)>,
    /// It has executables.
    pub has_bin: bool,
    /// Only optional dependencies lead to it.
    pub optional: bool,
    /// What its tarball brings along.
    pub bundled: Bundled,
    /// Whether it has install scripts, where the lockfile tells.
    pub requires_build: Option<bool>,
}
