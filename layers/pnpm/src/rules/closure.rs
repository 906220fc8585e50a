//! Which packages of the lockfile are installed, and in which order importers are walked.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosureRules {
    /// What becomes of an optional package that cannot be fetched.
    pub failed_fetch: FailedFetch,
    /// Which packages are left out if they do not run on the target.
    pub skipped_optional: SkippedOptional,
    /// What becomes of optional peers that development dependencies provide.
    pub optional_peers: OptionalPeers,
    /// What the root's links to folders of the workspace bring along.
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
    /// Its snapshot says `optional: true`.
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

/// What becomes of a folder that the root links to, where the root is installed along and the folder was not selected. The second holds for the
/// links inside of packages, too.
///
/// Source: pnpm/pnpm@702ad5f860 lockfile/filtering/src/filterLockfileByImportersAndEngine.ts, pickPkgsWithAllDeps (a link is looked up
/// among the importers as it stands, which finds it if both are relative to one folder). The later rule: observed in 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinksOfRoot {
    /// Its dependencies are installed too, and linked in it.
    Installed,
    /// The same with `dedupePeerDependents`. Without that, pnpm reads the package.json of selected packages alone: of any other folder that
    /// a link leads to, the dependencies are installed, but the folder gets no links. Source: pnpm/pnpm@d22a3f65ee
    /// pkg-manager/plugin-commands-installation/src/installDeps.ts (`allProjectsGraph = selectedProjectsGraph`), and `missingIds` of
    /// pkg-manager/headless/src/index.ts.
    LinkedInWithDedupePeerDependents,
    /// It is linked alone.
    LinkedAlone,
}

/// The order of the importers of a closure.
///
/// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/hoist.rs, build_direct_deps_by_importer. What runs in parallel before that is
/// given one order here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImporterOrder {
    /// As the walk reaches them.
    AsReached,
    /// By their paths.
    ByPath,
}

/// An optional package that cannot be fetched. pnpm says so at most, and goes on.
///
/// Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, linkAllPkgs (`if (depNode.optional) return`); pnpm/pnpm@702ad5f860 as
/// well. The others were observed in 11.28.11 and 12.21.0, where its registry has it or nobody asks for its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedFetch {
    /// The links to it lead nowhere, and it has a folder with its dependencies.
    LinksStay,
    /// No link leads to it; an empty folder stays in the virtual store.
    FolderStays,
    /// It is not there.
    LeftOut,
}
