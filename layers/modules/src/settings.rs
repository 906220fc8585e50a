//! The settings that decide a frozen install, from wherever the dialect reads them. Texts in, `Settings` out; no file, no environment.

use std::collections::BTreeMap;

/// Settings after defaults. Names are pnpm's.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `hoist`: link packages into `<virtual store>/node_modules`.
    pub hoist: bool,
    /// `hoistPattern`: which aliases, `*` by default.
    pub hoist_pattern: Vec<String>,
    /// `publicHoistPattern`: which aliases go to the root's node_modules instead. `shamefullyHoist` makes it `*`.
    pub public_hoist_pattern: Vec<String>,
    /// `hoistWorkspacePackages`.
    pub hoist_workspace_packages: bool,
    /// `dedupeDirectDeps`: no link in an importer where the root has the same.
    pub dedupe_direct_deps: bool,
    /// `preferSymlinkedExecutables`.
    pub prefer_symlinked_executables: bool,
    /// `extendNodePath`: shims set NODE_PATH.
    pub extend_node_path: bool,
    /// `supportedArchitectures`.
    pub supported_architectures: SupportedArchitectures,
    /// `virtualStoreDir` relative to the root, `node_modules/.pnpm` by default. Never leaves the root.
    pub virtual_store_dir: String,
    /// `virtualStoreDirMaxLength`, in characters.
    pub virtual_store_dir_max_length: usize,
    /// `modulesDir`: the name of every importer's folder of links.
    pub modules_dir: String,
    /// `engineStrict`: a package that is not for this platform or node is an error.
    pub engine_strict: bool,
    /// `ignoredOptionalDependencies`.
    pub ignored_optional_dependencies: Vec<String>,
    /// `onlyBuiltDependencies`: with none, the dialect's own rule.
    pub only_built_dependencies: Option<Vec<String>>,
    /// `neverBuiltDependencies`.
    pub never_built_dependencies: Vec<String>,
    /// `allowBuilds`.
    pub allow_builds: BTreeMap<String, bool>,
    /// `dangerouslyAllowAllBuilds`.
    pub dangerously_allow_all_builds: bool,
    /// `overrides`.
    pub overrides: BTreeMap<String, String>,
    /// `patchedDependencies`: `name` or `name@version` → path relative to the root.
    pub patched_dependencies: BTreeMap<String, String>,
    /// `catalog` (as `default`) and `catalogs`.
    pub catalogs: BTreeMap<String, BTreeMap<String, String>>,
    /// `packageExtensions`, as they stand.
    pub package_extensions: Option<serde_json::Value>,
    /// `autoInstallPeers`.
    pub auto_install_peers: bool,
    /// `excludeLinksFromLockfile`.
    pub exclude_links_from_lockfile: bool,
}

/// `supportedArchitectures`. An empty list means the target's own; `current` in a list likewise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SupportedArchitectures {
    /// node's `process.platform`s.
    pub os: Vec<String>,
    /// node's `process.arch`s.
    pub cpu: Vec<String>,
    /// `glibc`, `musl`.
    pub libc: Vec<String>,
}
