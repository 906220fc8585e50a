//! `nodeLinker: hoisted`: how packages move up, and how commands are then linked.

/// The rules of hoisting.
///
/// Source: the npm package `@yarnpkg/nm`, which pnpm asks: 4.0.0-rc.45 in pnpm/pnpm@v8.15.9, 4.0.5 in pnpm/pnpm@d22a3f65ee and pnpm/pnpm@702ad5f860,
/// 4.1.1 in pnpm/pnpm@36e5ae6ac8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoistedRules {
    /// The order in which packages move up. `hoistingLimits` force level by level.
    pub walk: HoistWalk,
    /// Which dependents make a package a border under `hoistingLimits`.
    pub borders: HoistBorders,
    /// When another round starts.
    pub rounds: HoistRounds,
    /// Which version of a name moves up first.
    pub preference: VersionPreference,
    /// Where direct dependencies of importers may move.
    pub workspace_dependencies: WorkspaceDependencies,
    /// Which importers' dependencies are installed.
    pub importers: HoistedImporters,
    /// Which variants of a workspace folder's package count as one.
    pub folder_variants: FolderVariants,
    /// Whether a workspace package is included of which only the published folder is needed, as an injected package.
    pub injected_publishers: InjectedPublishers,
    /// Whether peers keep packages from moving up.
    pub peers: HoistedPeers,
    /// Whether the root has links to workspace packages that nothing there depends on.
    pub workspace_links: WorkspaceLinks,
    /// Whether importers have links to packages in other directories.
    pub direct_links: DirectLinks,
    /// The command of a package that no importer depends on is left out while its file is missing. Observed in 12.21.0.
    pub commands_wait_for_files: bool,
}

/// Which importers' dependencies count if only some importers are requested.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, headlessInstall (`initialImporterIds`). The other: observed in 11.28.11
/// and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistedImporters {
    /// Those of all importers of the lockfile.
    All,
    /// Those of the installed ones.
    Installed,
}

/// Packages that are workspace folders, with different peers.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/real-hoist/src/index.ts, toTree (`depPathByPkgId`). The other: observed in 11.28.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderVariants {
    /// One package, as are variants of one version.
    One,
    /// Separate packages.
    Apart,
    /// Separate packages, as are all other variants.
    EachApart,
}

/// A workspace package whose `publishConfig.directory` is injected, and that nothing links to. It has its own links in
/// any case. Observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectedPublishers {
    /// It is included like any other.
    TakePart,
    /// Its dependencies do not move up.
    LeftOut,
}

/// Whether a package stays below the packages that provide its peers.
///
/// Source: as for [`FolderVariants`] (`peerNames`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistedPeers {
    /// Unless `autoInstallPeers`.
    UnlessInstalled,
    /// Observed in 12.20.0 and 12.21.0.
    Never,
    /// The same, but only for a package that the walk reaches from an importer; below other packages, peers count.
    UnlessInstalledDirectly,
    Always,
}

/// Links of the root to packages of the workspace, under `hoistWorkspacePackages`. Observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceLinks {
    None,
    /// To workspace packages whose names are free.
    All {
        /// Under `dedupeDirectDeps`, importers have no links to the same targets.
        deduped: bool,
        /// The importers whose direct dependencies take names.
        names_taken_by: HoistedImporters,
        /// Which packages have links.
        of: HoistedImporters,
    },
}

/// Links of importers to their direct dependencies.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/install_frozen_lockfile/hoisted.rs, link_selected_hoisted_direct_dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectLinks {
    None,
    /// To the first location of a package, if it is not in the root under the same name.
    ToFirstPlace,
}

/// The order in which packages move up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistWalk {
    /// First the packages below the root, then those that moved there.
    LevelByLevel,
    /// Each package, then immediately its own dependencies. Lists are merged by name, and links take no names.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/real-hoist/src/lib.rs, hoist_subtree.
    DepthFirst,
}

/// A package below which its dependencies stay under `hoistingLimits`. It is a border at all of its locations.
///
/// Source: `addNode` of `@yarnpkg/nm` (`isHoistBorder`) in pnpm 11.18.0 (the first) and 11.19.0 (any).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistBorders {
    /// If the first dependent of the walk has a limit there.
    OfFirstDependent,
    /// If any dependent has one.
    OfAnyDependent,
    /// Per importer: a node below an importer is a border for moves to that importer, by its name. Observed in 12.21.0.
    OfEachImporter,
}

/// When packages are moved again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistRounds {
    /// As long as anything moves.
    UntilNothingMoves,
    /// If something moved whose name had blocked another package.
    WhereSomethingStoodInTheWay,
}

/// Which of several versions of a name is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionPreference {
    /// The one with the most dependents, including dependents by peer.
    ByAllDependents,
    /// The one with the most dependents by peer, then the most other dependents.
    ByPeersFirst,
}

/// Where direct dependencies of importers may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceDependencies {
    /// Wherever others may.
    AnyWay,
    /// Only to the top.
    ToTheTop,
}
