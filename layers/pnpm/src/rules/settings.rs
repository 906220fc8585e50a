//! Where settings come from, and their defaults.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsRules {
    /// The files and variables that are read.
    pub sources: SettingsSources,
    /// The default folder of the virtual store.
    pub virtual_store: VirtualStoreFolder,
    /// The default of `publicHoistPattern`.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig (eslint and prettier);
    /// pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (nothing);
    /// pnpm/pnpm@36e5ae6ac8 pnpm/crates/config/src/defaults.rs, default_public_hoist_pattern.
    pub public_hoist_pattern: &'static [&'static str],
    /// The default of `strictDepBuilds`: a build that no setting allows is an error.
    ///
    /// Source: pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (false);
    /// pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/index.ts, getConfig (true).
    pub strict_dep_builds: bool,
    /// The default of `hoistWorkspacePackages`.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig (true); pnpm/pnpm@v8.15.9 at the same place (false).
    pub hoist_workspace_packages: bool,
    /// The default of `dedupeDirectDeps`.
    ///
    /// Source: pnpm/pnpm@v8.1.0 config/config/src/index.ts, getConfig (false); not in pnpm/pnpm@v8.0.0, which always
    /// does it.
    pub dedupe_direct_deps: bool,
    /// How `hoistingLimits` is handled.
    pub hoisting_limits: LimitsSetting,
    /// The default of `enablePrePostScripts`: a script that is run by name also runs its `pre` and `post` scripts.
    ///
    /// Source: pnpm/pnpm@v8.15.9 exec/plugin-commands-script-runners/src/run.ts, handler (`opts.enablePrePostScripts ?? false`);
    /// pnpm/pnpm@v9.0.0 config/config/src/index.ts, getConfig (true).
    pub pre_post_scripts: bool,
}

/// The sources of settings; for a setting in two sources, the later counts.
///
/// Source: pnpm/pnpm@d22a3f65ee config/config/src/getOptionsFromRootManifest.ts, getOptionsFromRootManifest;
/// pnpm/pnpm@702ad5f860 config/config/src/getOptionsFromRootManifest.ts, getOptionsFromPnpmSettings;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/index.ts, getConfig;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/config/src/env_overlay.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsSources {
    /// .npmrc (the user's, then the workspace's), `npm_config_*`, package.json.
    Npmrc {
        /// The settings that are read from package.json#pnpm.
        manifest_keys: &'static [&'static str],
        /// The settings that are read from pnpm-workspace.yaml, after all of these.
        workspace_file: WorkspaceSettings,
    },
    /// pnpm-workspace.yaml, `pnpm_config_*`.
    WorkspaceFile,
}

/// Which settings of pnpm-workspace.yaml are read, in addition to `packages` and catalogs. Observed in 10.4.1, 10.5.2,
/// 10.6.0, 10.8.0 and 10.8.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceSettings {
    None,
    /// Those that package.json#pnpm may have.
    OfManifest,
    /// All, but settings that imply others have no such effect (`hoist` and `shamefullyHoist`); and with its
    /// `nodeLinker: hoisted`, commands are shims unless another setting says otherwise.
    WithoutConsequences,
    All,
}

/// The virtual store's folder if `modulesDir` has another name.
///
/// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig (`'virtual-store-dir': 'node_modules/.pnpm'`);
/// pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (`join(modulesDir, '.pnpm')`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VirtualStoreFolder {
    /// Still `node_modules/.pnpm`.
    InNodeModules,
    /// `.pnpm` in that folder.
    InModulesDir,
}

/// `hoistingLimits`, if `nodeLinker` is `hoisted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitsSetting {
    /// Not read.
    None,
    /// An install fails, whatever the value: pnpm passes the word where it needs a map.
    ///
    /// Source: pnpm/pnpm@v10.5.0 pkg-manager/headless/src/lockfileToHoistedDepGraph.ts, _lockfileToHoistedDepGraph (`hoistingLimits`), and
    /// config/config/src/index.ts, getConfig, which takes all keys of pnpm-workspace.yaml. Observed in 10.34.9.
    EndsInstall,
    /// It is followed.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/real-hoist/src/index.ts, getHoistingLimits, which 11.5.0 has.
    Followed,
}
