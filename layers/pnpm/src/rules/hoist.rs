//! Which aliases are hoisted, and which package wins an alias.
//!
//! Sources of all rules: pnpm/pnpm@d22a3f65ee pkg-manager/hoist/src/index.ts, getHoistedDependencies and hoistGraph;
//! pnpm/pnpm@702ad5f860 at the same place; pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/hoist/src/index.ts, the same functions;
//! pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/hoist.rs, get_hoisted_dependencies.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoistRules {
    /// What is hoisted in a closure without packages.
    pub without_packages: WithoutPackages,
    /// The order of packages of the same depth, whose dependencies take free aliases in turn.
    pub order: HoistOrder,
    /// Which aliases of the root are taken from the start.
    pub root_aliases: RootAliases,
    /// The case of these names. All others count in lower case.
    pub root_alias_case: AliasCase,
    /// Which packages of the workspace are hoisted.
    pub workspace_names: WorkspaceNames,
    /// A link in the root with a workspace package's name keeps that package out of the virtual store. Observed: not
    /// from 11.28.11 on.
    pub root_link_hides_workspace_package: bool,
    /// A dependency that was skipped for its platform still takes its alias.
    ///
    /// Source: hoistGraph of d22a3f65ee takes the alias of any child; that of 702ad5f860 asks `opts.skipped` first.
    pub skipped_dependency_takes_alias: bool,
}

/// A closure without packages, such as folders that link to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutPackages {
    Nothing,
    /// Workspace packages are hoisted, if any importer has a direct dependency. Source: `opts.lockfile.packages ==
    /// null`.
    WorkspaceIfAnythingIsLinked,
    /// Workspace packages are hoisted. Observed.
    Workspace,
}

/// The order of packages of the same depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistOrder {
    /// By their keys in the lockfile. Source: `lexCompare(a.depPath, b.depPath)`.
    ByDepPath,
    /// By their directories. Source: `lexCompare(a.nodeId, b.nodeId)`, where ids are directories.
    ByDirectory,
}

/// The aliases of the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootAliases {
    /// All that the lockfile lists, whether installed or not. Source: `importers['.'].specifiers`.
    InLockfile,
    /// Those that are installed. Source: `directDepsByImporterId['.']`.
    Installed,
}

/// The case of the root's aliases among the taken names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasCase {
    /// Unchanged, so an alias with upper case hides nothing. Source: `new Set(currentSpecifiers.keys())`.
    AsWritten,
    /// Lower case. Source: get_hoisted_dependencies of 36e5ae6ac8, `to_lowercase`; observed in 11.28.11.
    Lower,
}

/// The workspace packages that may be hoisted; never the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceNames {
    /// Those of the closure; with `dedupePeerDependents`, those of the whole workspace.
    InstalledUnlessDedupePeerDependents,
    /// Those of the closure.
    Installed,
    /// All, except those with a name that an importer of the workspace uses for a package. Observed.
    AllButNamesOfPackages,
    All,
}
