//! Which packages of the lockfile are installed, and in which order importers are walked.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosureRules {
    /// What happens to an optional package that cannot be fetched.
    pub failed_fetch: FailedFetch,
    /// Which packages are left out if they do not support the target.
    pub skipped_optional: SkippedOptional,
    /// What happens to optional peers that development dependencies provide.
    pub optional_peers: OptionalPeers,
    /// What the root's links to workspace folders add to the install.
    pub links_of_root: LinksOfRoot,
    /// The order of importers, which decides hoisting.
    pub importer_order: ImporterOrder,
}

/// What makes a package optional.
///
/// Source: pnpm/pnpm@702ad5f860 lockfile/filtering/src/filterLockfileByImportersAndEngine.ts, pickPkgsWithAllDeps;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/lockfile/filtering/src/filterLockfileByImportersAndEngine.ts, classifyDeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkippedOptional {
    /// Its snapshot has `optional: true`.
    MarkedInLockfile,
    /// Only optional edges of installed packages lead to it.
    ReachedByOptionalEdges,
}

/// A package whose optional peer is a development dependency of the importers that have the package, in a production install.
///
/// Source: pnpm/pnpm@0dda7e35f6 pnpm/crates/lockfile/src/peer_edges.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionalPeers {
    /// The peer is installed.
    Followed,
    /// The peer is left out, unless something else needs it.
    LeftToImporters,
}

/// What happens to a folder that the root links to, if the root is installed as well and the folder was not selected.
/// The second variant also applies to links inside packages.
///
/// Source: pnpm/pnpm@702ad5f860 lockfile/filtering/src/filterLockfileByImportersAndEngine.ts, pickPkgsWithAllDeps (a link is looked up
/// among the importers without resolving it, which works if both are relative to one folder). The later rule: observed
/// in 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinksOfRoot {
    /// Its dependencies are installed, and linked in it.
    Installed,
    /// The same with `dedupePeerDependents`. Without it, pnpm reads the package.json of selected packages only: for any
    /// other folder that a link leads to, the dependencies are installed, but the folder gets no links. Source:
    /// pnpm/pnpm@d22a3f65ee
    /// pkg-manager/plugin-commands-installation/src/installDeps.ts (`allProjectsGraph = selectedProjectsGraph`), and `missingIds` of
    /// pkg-manager/headless/src/index.ts.
    LinkedInWithDedupePeerDependents,
    /// Only the link is made.
    LinkedAlone,
}

/// The order of a closure's importers.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/hoist.rs, build_direct_deps_by_importer. Steps that run
/// in parallel before it have a fixed order here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImporterOrder {
    /// In the order of the walk.
    AsReached,
    /// By their paths.
    ByPath,
}

/// An optional package that cannot be fetched. pnpm continues, with a message at most.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkAllPkgs (`if (depNode.optional) return`); the
/// same in pnpm/pnpm@702ad5f860. The others were observed in 11.28.11 and 12.21.0, with a registry that has the
/// package's metadata, or with no check of its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedFetch {
    /// The links to it are dangling, and it has a folder with its dependencies.
    LinksStay,
    /// No link leads to it; an empty folder stays in the virtual store.
    FolderStays,
    /// Neither links nor a folder exist.
    LeftOut,
}
