//! Which packages' scripts run, and what happens to packages whose scripts fail.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildRules {
    /// Which settings allow install scripts.
    pub allowed: AllowedBuilds,
    /// `dangerouslyAllowAllBuilds` is supported.
    ///
    /// Source: pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction; not in pnpm/pnpm@d22a3f65ee.
    pub dangerously_allow_all: bool,
    /// What an entry of the lists matches.
    pub list_entry: ListEntry,
    /// `name: false` of `allowBuilds` matches every package with this name, even if it is not from a registry.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/building/policy/src/index.ts, createAllowBuildFunction (`expandedDisallowed`);
    /// pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/build_modules/allow_build_policy.rs, AllowBuildPolicy.
    pub name_denies_any_source: bool,
    /// `name@git+https://host/owner/name.git` matches all commits of that repository.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/deps-restorer/src/build_modules/allow_build_policy.rs,
    /// git_repo_allow_build_key_from_dep_path.
    pub repository_entries: bool,
    /// When a repository that needs a build is built.
    pub preparing: Preparing,
    /// The install of a repository that is prepared tolerates builds that no setting allows: it gets `strictDepBuilds:
    /// false`. Observed in 11.28.11 and 12.21.0.
    pub preparing_tolerates_ignored_builds: bool,
    /// What happens to an optional package whose scripts fail.
    pub failed_optional: FailedOptional,
}

/// Which settings allow install scripts, and which forbidden packages pnpm does not report.
///
/// Source: the npm package `@pnpm/builder.policy`, createAllowBuildFunction, which pnpm/pnpm@d22a3f65ee
/// pkg-manager/headless/src/index.ts, headlessInstall, asks; pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/building/policy/src/index.ts, createAllowBuildFunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowedBuilds {
    /// `onlyBuiltDependencies` if it is set; otherwise all except `neverBuiltDependencies`. Nothing is reported.
    AllUnlessListed,
    /// `onlyBuiltDependencies` and `allowBuilds: true`; if only `neverBuiltDependencies` is set, all except these.
    /// Others are reported, except `ignoredBuiltDependencies` and `allowBuilds: false`.
    Listed,
    /// `allowBuilds: true`. Others are reported, except `allowBuilds: false`.
    AllowBuilds,
}

/// What an entry of a list of packages matches.
///
/// Source: pnpm/pnpm@d22a3f65ee exec/build-modules/src/index.ts, buildModules (`allowBuild(depGraph[depPath].name)`);
/// pnpm/pnpm@702ad5f860 builder/policy/src/index.ts, createAllowBuildFunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListEntry {
    Name,
    /// A name, `name@1.0.0 || 2.0.0`, or a key in the lockfile. A package that is not from a registry matches only by
    /// its key.
    NameVersionsOrKey,
}

/// When a repository that needs a build is built.
///
/// Source: pnpm/pnpm@d22a3f65ee exec/prepare-package/src/index.ts, preparePackage;
/// pnpm/pnpm@702ad5f860 exec/prepare-package/src/index.ts, preparePackage;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/exec/prepare-package/src/index.ts, preparePackage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preparing {
    /// Always, without permission.
    Always,
    /// If its builds are allowed; otherwise it is an error.
    IfAllowed,
    /// If its builds are allowed. If they are denied, it is packed without a build; otherwise it is an error.
    UnlessDenied,
}

/// An optional package whose scripts fail.
///
/// Source: pnpm/pnpm@702ad5f860 exec/build-modules/src/index.ts, buildDependency (`skippedOptionalDependencyLogger`,
/// nothing is removed). The removal was observed in 11.28.11 and 12.21.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedOptional {
    /// It stays as it was before its scripts.
    StaysAsPublished,
    /// It is left out with every link to it.
    LeftOut,
}
