//! Where settings come from, and what they are where nobody sets them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingsRules {
    /// The files and variables that are read.
    pub sources: SettingsSources,
    /// Where the virtual store lies by default.
    pub virtual_store: VirtualStoreFolder,
    /// The default of `publicHoistPattern`.
    ///
    /// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig (eslint and prettier);
    /// pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (nothing);
    /// pnpm/pnpm@36e5ae6ac8 pnpm/crates/config/src/defaults.rs, default_public_hoist_pattern.
    pub public_hoist_pattern: &'static [&'static str],
    /// The default of `strictDepBuilds`: a build that nobody allowed is an error.
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
    /// Source: pnpm/pnpm@v8.1.0 config/config/src/index.ts, getConfig (false); not in pnpm/pnpm@v8.0.0, which does so always.
    pub dedupe_direct_deps: bool,
    /// What becomes of `hoistingLimits`.
    pub hoisting_limits: LimitsSetting,
    /// The default of `enablePrePostScripts`: a script that is called by its name runs with those that are named `pre` and `post` of it.
    ///
    /// Source: pnpm/pnpm@v8.15.9 exec/plugin-commands-script-runners/src/run.ts, handler (`opts.enablePrePostScripts ?? false`);
    /// pnpm/pnpm@v9.0.0 config/config/src/index.ts, getConfig (true).
    pub pre_post_scripts: bool,
}

/// The sources of settings; of two that set one thing the later counts.
///
/// Source: pnpm/pnpm@d22a3f65ee config/config/src/getOptionsFromRootManifest.ts, getOptionsFromRootManifest;
/// pnpm/pnpm@702ad5f860 config/config/src/getOptionsFromRootManifest.ts, getOptionsFromPnpmSettings;
/// pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/index.ts, getConfig;
/// pnpm/pnpm@36e5ae6ac8 pnpm/crates/config/src/env_overlay.rs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsSources {
    /// .npmrc (the user's, then the workspace's), `npm_config_*`, package.json.
    Npmrc {
        /// What is read of package.json#pnpm.
        manifest_keys: &'static [&'static str],
        /// What is read of pnpm-workspace.yaml after all these.
        workspace_file: WorkspaceSettings,
    },
    /// pnpm-workspace.yaml, `pnpm_config_*`.
    WorkspaceFile,
}

/// Which settings of pnpm-workspace.yaml are read, beside `packages` and catalogs. Observed in 10.4.1, 10.5.2, 10.6.0, 10.8.0
/// and 10.8.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceSettings {
    None,
    /// Those that package.json#pnpm may have.
    OfManifest,
    /// All, but those decide nothing from which others follow: `hoist` and `shamefullyHoist`; and under its `nodeLinker: hoisted` commands are
    /// scripts unless another setting says so.
    WithoutConsequences,
    All,
}

/// Where the virtual store lies under a `modulesDir` of another name.
///
/// Source: pnpm/pnpm@d22a3f65ee config/config/src/index.ts, getConfig (`'virtual-store-dir': 'node_modules/.pnpm'`);
/// pnpm/pnpm@702ad5f860 config/config/src/index.ts, getConfig (`join(modulesDir, '.pnpm')`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VirtualStoreFolder {
    /// In `node_modules/.pnpm` all the same.
    InNodeModules,
    /// In `.pnpm` of that folder.
    InModulesDir,
}

/// `hoistingLimits`, where `nodeLinker` is `hoisted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitsSetting {
    /// Not read.
    None,
    /// An install ends with an error, whatever it says: the word comes where a map is expected.
    ///
    /// Source: pnpm/pnpm@v10.5.0 pkg-manager/headless/src/lockfileToHoistedDepGraph.ts, _lockfileToHoistedDepGraph (`hoistingLimits`), and
    /// config/config/src/index.ts, getConfig, which takes all keys of pnpm-workspace.yaml. Observed in 10.34.9.
    EndsInstall,
    /// Followed.
    ///
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/installing/linking/real-hoist/src/index.ts, getHoistingLimits, which 11.5.0 has.
    Followed,
}
