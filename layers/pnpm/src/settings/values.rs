//! The settings as values, and their sources. Types only.

use std::collections::BTreeMap;

use fourply_blob::{Feed, KeyValue};
use serde_json::{Map, Value};

use crate::Manifest;

/// Settings after defaults. Names are pnpm's.
#[derive(Debug, Clone, PartialEq)]
pub struct PnpmSettings {
    pub node_linker: NodeLinker,
    /// Which links node_modules has in addition to direct dependencies.
    pub hoisting: HoistSettings,
    /// Where packages and links lie.
    pub folders: FolderSettings,
    /// How commands are linked.
    pub bins: BinSettings,
    /// Which packages are for the image's platform.
    pub platforms: PlatformSettings,
    /// Which install scripts run.
    pub builds: BuildScriptSettings,
    /// The settings that the lockfile was made with.
    pub resolution: ResolutionSettings,
    /// `enablePrePostScripts`: see [`script_events`](crate::script_events).
    pub pre_post_scripts: bool,
}

fourply_blob::key_value!(PnpmSettings {
    node_linker,
    hoisting,
    folders,
    bins,
    platforms,
    builds,
    resolution,
    pre_post_scripts,
});

/// Which links node_modules has in addition to direct dependencies.
#[derive(Debug, Clone, PartialEq)]
pub struct HoistSettings {
    /// `hoist`: link packages into `<virtual store>/node_modules`.
    pub hoist: bool,
    /// `hoistPattern`: which aliases, `*` by default.
    pub hoist_pattern: Vec<String>,
    /// `publicHoistPattern`: which aliases go to the root's node_modules instead. `shamefullyHoist` makes it `*`.
    pub public_hoist_pattern: Vec<String>,
    pub hoist_workspace_packages: bool,
    /// `dedupeDirectDeps`: an importer has no link that the root also has.
    pub dedupe_direct_deps: bool,
    /// `hoistingLimits`.
    pub limits: HoistingLimits,
}

/// `nodeLinker`: the structure of node_modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeLinker {
    /// Links into a virtual store.
    Isolated,
    /// Packages in real directories, as few as possible.
    Hoisted,
}

impl KeyValue for NodeLinker {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            NodeLinker::Isolated => "isolated".feed(feed),
            NodeLinker::Hoisted => "hoisted".feed(feed),
        }
    }
}

/// `hoistingLimits`: how far packages move up under `nodeLinker: hoisted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistingLimits {
    /// To the workspace's root.
    None,
    /// To the importer that needs them.
    Workspaces,
    /// To the importer's direct dependencies.
    Dependencies,
}

impl KeyValue for HoistingLimits {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            HoistingLimits::None => "none".feed(feed),
            HoistingLimits::Workspaces => "workspaces".feed(feed),
            HoistingLimits::Dependencies => "dependencies".feed(feed),
        }
    }
}

fourply_blob::key_value!(HoistSettings {
    hoist,
    hoist_pattern,
    public_hoist_pattern,
    hoist_workspace_packages,
    dedupe_direct_deps,
    limits,
});

/// Where packages and links lie.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderSettings {
    /// `virtualStoreDir` relative to the root, `node_modules/.pnpm` by default. Never leaves the root.
    pub virtual_store_dir: String,
    /// `virtualStoreDirMaxLength`, in characters.
    pub virtual_store_dir_max_length: usize,
    /// `modulesDir`: the name of every importer's folder of links.
    pub modules_dir: String,
}

fourply_blob::key_value!(FolderSettings { virtual_store_dir, virtual_store_dir_max_length, modules_dir });

/// How commands are linked.
#[derive(Debug, Clone, PartialEq)]
pub struct BinSettings {
    pub prefer_symlinked_executables: bool,
    /// `extendNodePath`: shims set NODE_PATH.
    pub extend_node_path: bool,
}

fourply_blob::key_value!(BinSettings { prefer_symlinked_executables, extend_node_path });

/// Which packages are for the image's platform.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformSettings {
    pub supported_architectures: SupportedArchitectures,
    /// `engineStrict`: a package for another platform or node version is an error.
    pub engine_strict: bool,
    /// `nodeVersion`: replaces the image's node in checks of `engines.node`.
    pub node_version: Option<String>,
    pub ignored_optional_dependencies: Vec<String>,
}

fourply_blob::key_value!(PlatformSettings {
    supported_architectures,
    engine_strict,
    node_version,
    ignored_optional_dependencies,
});

/// Which install scripts run.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildScriptSettings {
    /// `onlyBuiltDependencies`; `None` means the default of the version.
    pub only_built_dependencies: Option<Vec<String>>,
    pub never_built_dependencies: Vec<String>,
    pub allow_builds: BTreeMap<String, bool>,
    pub dangerously_allow_all_builds: bool,
    /// `strictDepBuilds`: a build that no setting allows is an error. The default is in the rules.
    pub strict_dep_builds: bool,
}

fourply_blob::key_value!(BuildScriptSettings {
    only_built_dependencies,
    never_built_dependencies,
    allow_builds,
    dangerously_allow_all_builds,
    strict_dep_builds,
});

/// The settings that the lockfile was made with.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolutionSettings {
    /// `overrides`, with references to root dependencies and to catalogs resolved.
    pub overrides: BTreeMap<String, String>,
    /// `patchedDependencies`: `name` or `name@version` → path relative to the root.
    pub patched_dependencies: BTreeMap<String, String>,
    /// `catalog` (as `default`) and `catalogs`.
    pub catalogs: BTreeMap<String, BTreeMap<String, String>>,
    /// `packageExtensions`, unchanged.
    pub package_extensions: Option<Value>,
    /// `ignoreCompatibilityDb`: known faults of npm packages are not corrected.
    pub ignore_compatibility_db: bool,
    pub auto_install_peers: bool,
    pub exclude_links_from_lockfile: bool,
    pub inject_workspace_packages: bool,
    /// `dedupePeerDependents`: without it, some rules hoist only installed workspace packages.
    pub dedupe_peer_dependents: bool,
    /// `resolvePeersFromWorkspaceRoot`: the root's development dependencies provide peers everywhere.
    pub resolve_peers_from_workspace_root: bool,
    pub dedupe_peers: bool,
    pub peers_suffix_max_length: u64,
    /// `pnpmfile`: one or more, relative to the root. An empty list means the version's default; `None` means
    /// `ignorePnpmfile`.
    pub pnpmfiles: Option<Vec<String>>,
    /// The plugins among `configDependencies`: packages that bring a pnpmfile.
    pub plugins: Vec<String>,
}

fourply_blob::key_value!(ResolutionSettings {
    overrides,
    patched_dependencies,
    catalogs,
    package_extensions: package_extensions.as_ref().map(ToString::to_string),
    ignore_compatibility_db,
    auto_install_peers,
    exclude_links_from_lockfile,
    inject_workspace_packages,
    dedupe_peer_dependents,
    resolve_peers_from_workspace_root,
    dedupe_peers,
    peers_suffix_max_length,
    pnpmfiles,
    plugins,
});

/// `supportedArchitectures`. An empty list means the target's own value, as does `current` in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SupportedArchitectures {
    /// node's `process.platform`s.
    pub os: Vec<String>,
    /// node's `process.arch`s.
    pub cpu: Vec<String>,
    /// `glibc`, `musl`.
    pub libc: Vec<String>,
}

fourply_blob::key_value!(SupportedArchitectures { os, cpu, libc });

/// The texts and values that settings are read from.
pub(crate) struct Sources<'a> {
    /// Texts of .npmrc files, the user's first, each with its name for error texts.
    pub npmrc: Vec<(String, &'a str)>,
    /// `npm_config_*` and `pnpm_config_*`, and the variables that `${…}` in an .npmrc refers to.
    pub environment: &'a BTreeMap<String, String>,
    pub manifest: Option<&'a Manifest>,
    /// pnpm-workspace.yaml.
    pub workspace: &'a Map<String, Value>,
    /// The base of relative paths in settings.
    pub root: &'a std::path::Path,
}
