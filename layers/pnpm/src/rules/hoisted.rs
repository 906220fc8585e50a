//! `nodeLinker: hoisted`: how packages move up, and how commands are linked then.

/// The rules of hoisting.
///
/// Source: the npm package `@yarnpkg/nm`, which pnpm asks: 4.0.0-rc.45 in pnpm/pnpm@v8.15.9, 4.0.5 in pnpm/pnpm@d22a3f65ee and pnpm/pnpm@702ad5f860,
/// 4.1.1 in pnpm/pnpm@36e5ae6ac8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoistedRules {
    /// In which order packages move up. `hoistingLimits` make it level by level.
    pub walk: HoistWalk,
    /// Which dependents make a package a border under `hoistingLimits`.
    pub borders: HoistBorders,
    /// When another round is made.
    pub rounds: HoistRounds,
    /// Which version of a name moves up first.
    pub preference: VersionPreference,
    /// Where direct dependencies of importers may move.
    pub workspace_dependencies: WorkspaceDependencies,
    /// Whose dependencies are installed.
    pub importers: HoistedImporters,
    /// Which variants of a folder's package are one.
    pub folder_variants: FolderVariants,
    /// Whether a package of the workspace takes part of which only the published folder is needed, injected.
    pub injected_publishers: InjectedPublishers,
    /// Whether peers keep packages from moving up.
    pub peers: HoistedPeers,
    /// Whether the root has links to packages of the workspace that nothing there depends on.
    pub workspace_links: WorkspaceLinks,
    /// Whether importers have links to what lies elsewhere.
    pub direct_links: DirectLinks,
    /// A command of what no importer depends on is left out while its file is not there. Observed in 12.21.0.
    pub commands_wait_for_files: bool,
}

/// Whose dependencies count where some importers are asked for.
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

/// Packages that are folders of the workspace, with other peers.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/real-hoist/src/index.ts, toTree (`depPathByPkgId`). The other: observed in 11.28.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderVariants {
    /// One package, as other variants of one version are.
    One,
    /// Packages of their own.
    Apart,
    /// Packages of their own, and so are all other variants.
    EachApart,
}

/// A package of the workspace whose `publishConfig.directory` is injected, and that nothing links to. It has its own links in any case. Observed in
/// 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InjectedPublishers {
    /// As any other.
    TakePart,
    /// Its dependencies are none of those that move up.
    LeftOut,
}

/// A package stays below those that have what it needs as a peer.
///
/// Source: as for [`FolderVariants`] (`peerNames`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistedPeers {
    /// Unless `autoInstallPeers`.
    UnlessInstalled,
    /// Observed in 12.20.0 and 12.21.0.
    Never,
    /// The same, but only for a package that the walk comes to from an importer; below others they count.
    UnlessInstalledDirectly,
    Always,
}

/// Links of the root to packages of the workspace, under `hoistWorkspacePackages`. Observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceLinks {
    None,
    /// To those whose names are not taken.
    All {
        /// Under `dedupeDirectDeps` importers have no links to the same.
        deduped: bool,
        /// Whose direct dependencies take names.
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
    /// To the first place of a package that does not lie in the root under the same name.
    ToFirstPlace,
}

/// In which order packages move up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistWalk {
    /// What lies below the root first, then what came there.
    LevelByLevel,
    /// Each package, then at once its own dependencies. Lists are one by name, links take no names.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/real-hoist/src/lib.rs, hoist_subtree.
    DepthFirst,
}

/// A package below which its dependencies stay under `hoistingLimits`. It is one wherever else it lies, too.
///
/// Source: `addNode` of `@yarnpkg/nm` (`isHoistBorder`) in pnpm 11.18.0 (the first) and 11.19.0 (any).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistBorders {
    /// If the dependent that the walk came from first has a limit at it.
    OfFirstDependent,
    /// If any dependent has.
    OfAnyDependent,
    /// What lies below an importer is one for what moves up to that importer, by its name. Observed in 12.21.0.
    OfEachImporter,
}

/// When packages are moved once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistRounds {
    /// As long as anything moves.
    UntilNothingMoves,
    /// If something moved whose name had stood in the way of another.
    WhereSomethingStoodInTheWay,
}

/// Which of several versions of a name is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionPreference {
    /// The one with most dependents, those that have it as a peer among them.
    ByAllDependents,
    /// The one that most have as a peer, then the one with most other dependents.
    ByPeersFirst,
}

/// Where direct dependencies of importers may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceDependencies {
    /// Wherever others may.
    AnyWay,
    /// To the top alone.
    ToTheTop,
}
