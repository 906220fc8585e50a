//! Which packages' scripts run, and what becomes of those that fail.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildRules {
    /// Which settings allow install scripts.
    pub allowed: AllowedBuilds,
    /// `dangerouslyAllowAllBuilds` counts.
    ///
    /// Source: pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction; not in pnpm/pnpm@d22a3f65ee.
    pub dangerously_allow_all: bool,
    /// What an entry of the lists means.
    pub list_entry: ListEntry,
    /// `name: false` of `allowBuilds` means whatever has the name, though no registry gave it.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/building/policy/src/index.ts, createAllowBuildFunction (`expandedDisallowed`);
    /// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/build_modules/allow_build_policy.rs, AllowBuildPolicy.
    pub name_denies_any_source: bool,
    /// `name@git+https://host/owner/name.git` means all commits of that repository.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/build_modules/allow_build_policy.rs,
    /// git_repo_allow_build_key_from_dep_path.
    pub repository_entries: bool,
    /// When a repository is built to be a package.
    pub preparing: Preparing,
    /// The install of a repository that is prepared tolerates builds that nobody allowed: it gets `strictDepBuilds: false`.
    /// Observed in 11.28.11 and 12.21.0.
    pub preparing_tolerates_ignored_builds: bool,
    /// What becomes of an optional package whose scripts fail.
    pub failed_optional: FailedOptional,
}

/// Which settings allow install scripts, and of which packages without permission pnpm says nothing.
///
/// Source: the npm package `@pnpm/builder.policy`, createAllowBuildFunction, which pnpm/pnpm@d22a3f65ee
/// pkg-manager/headless/src/index.ts, headlessInstall, asks; pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/building/policy/src/index.ts, createAllowBuildFunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedBuilds {
    /// `onlyBuiltDependencies` where it is set, else all but `neverBuiltDependencies`. Nothing is reported.
    AllUnlessListed,
    /// `onlyBuiltDependencies` and `allowBuilds: true`; where only `neverBuiltDependencies` is set, all but these. Others are reported but for
    /// `ignoredBuiltDependencies` and `allowBuilds: false`.
    Listed,
    /// `allowBuilds: true`. Others are reported but for `allowBuilds: false`.
    AllowBuilds,
}

/// What an entry of a list of packages means.
///
/// Source: pnpm/pnpm@d22a3f65ee exec/build-modules/src/index.ts, buildModules (`allowBuild(depGraph[depPath].name)`);
/// pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEntry {
    Name,
    /// A name, `name@1.0.0 || 2.0.0`, or a key in the lockfile. What no registry gave is meant by its key alone.
    NameVersionsOrKey,
}

/// When a repository whose scripts make it a package is built.
///
/// Source: pnpm/pnpm@d22a3f65ee exec/prepare-package/src/index.ts, preparePackage;
/// pnpm/pnpm@702ad5f860 exec/prepare-package/src/index.ts, preparePackage;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/exec/prepare-package/src/index.ts, preparePackage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparing {
    /// Always: nobody is asked.
    Always,
    /// If its builds are allowed; else it is refused.
    IfAllowed,
    /// If its builds are allowed; if they are denied, it is packed as it stands; else it is refused.
    UnlessDenied,
}

/// An optional package whose scripts fail.
///
/// Source: pnpm/pnpm@702ad5f860 exec/build-modules/src/index.ts, buildDependency (`skippedOptionalDependencyLogger`, nothing is removed). That
/// it is left out was observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedOptional {
    /// It stays as it was published.
    StaysAsPublished,
    /// It is left out with every link to it.
    LeftOut,
}
