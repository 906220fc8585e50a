//! Which aliases are hoisted, and who comes first.
//!
//! Sources of all rules: pnpm/pnpm@d22a3f65ee pkg-manager/hoist/src/index.ts, getHoistedDependencies and hoistGraph;
//! pnpm/pnpm@702ad5f860 at the same place; pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/hoist/src/index.ts, the same functions;
//! pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/hoist.rs, get_hoisted_dependencies.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoistRules {
    /// What is hoisted where the closure has no package.
    pub without_packages: WithoutPackages,
    /// The order of packages of one depth, whose dependencies take free aliases in turn.
    pub order: HoistOrder,
    /// Which aliases of the root are taken from the start.
    pub root_aliases: RootAliases,
    /// How these are written. All others are taken in lower case.
    pub root_alias_case: AliasCase,
    /// Which packages of the workspace are hoisted.
    pub workspace_names: WorkspaceNames,
    /// A link of the root's with a workspace package's name keeps that package out of the virtual store. Observed: from 11.28.11 on it does
    /// not.
    pub root_link_hides_workspace_package: bool,
    /// A dependency that was skipped for its platform takes its alias all the same.
    ///
    /// Source: hoistGraph of d22a3f65ee takes the alias of any child; that of 702ad5f860 asks `opts.skipped` first.
    pub skipped_dependency_takes_alias: bool,
}

/// A closure without packages, as of folders that link to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutPackages {
    Nothing,
    /// Packages of the workspace are, if any importer has a direct dependency. Source: `opts.lockfile.packages == null`.
    WorkspaceIfAnythingIsLinked,
    /// Packages of the workspace are. Observed.
    Workspace,
}

/// The order of packages of one depth.
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
    /// All that the lockfile lists, installed or not. Source: `importers['.'].specifiers`.
    InLockfile,
    /// Those that are installed. Source: `directDepsByImporterId['.']`.
    Installed,
}

/// The case of the root's aliases among what is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasCase {
    /// As they are written, so that one with upper case hides nothing. Source: `new Set(currentSpecifiers.keys())`.
    AsWritten,
    /// Lower case. Source: get_hoisted_dependencies of 36e5ae6ac8, `to_lowercase`; observed in 11.28.11.
    Lower,
}

/// The packages of the workspace that may be hoisted; never the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceNames {
    /// Those of the closure, and with `dedupePeerDependents` those of the whole workspace.
    InstalledUnlessDedupePeerDependents,
    /// Those of the closure.
    Installed,
    /// All, but for names that some importer of the workspace uses for a package. Observed.
    AllButNamesOfPackages,
    All,
}
