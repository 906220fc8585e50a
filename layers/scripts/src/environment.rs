//! The complete environment of a script. In: the build folder, the tools, the package. Out: a map.
//!
//! The variables are those that pnpm 9 to 12 set for `pnpm run` (observed), and those that make a build reproducible.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use fourply_platform::Architecture;
use fourply_pnpm::{Manifest, PnpmSettings};

use crate::events::INSTALL_EVENTS;
use crate::secrets::Secrets;
use crate::tools::{BuildNode, BuildPnpm};

/// The search path for system programs, after node and pnpm.
pub(crate) const SYSTEM_PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Settings of task runners: no cache of their own, no daemon, no telemetry.
/// turborepo.com/docs/reference/system-environment-variables,
/// nx.dev/reference/environment-variables, moonrepo.dev/docs/commands/overview.
const TASK_RUNNERS: [(&str, &str); 14] = [
    ("DO_NOT_TRACK", "1"),
    ("TURBO_TELEMETRY_DISABLED", "1"),
    ("TURBO_NO_UPDATE_NOTIFIER", "1"),
    ("TURBO_FORCE", "true"),
    ("NX_DAEMON", "false"),
    ("NX_SKIP_NX_CACHE", "true"),
    ("NX_SKIP_REMOTE_CACHE", "true"),
    ("NX_NO_CLOUD", "true"),
    ("MOON_CACHE", "off"),
    ("MOON_TELEMETRY", "false"),
    ("NEXT_TELEMETRY_DISABLED", "1"),
    ("ASTRO_TELEMETRY_DISABLED", "1"),
    ("NUXT_TELEMETRY_DISABLED", "1"),
    ("CHECKPOINT_DISABLE", "1"),
];

/// Shared by all scripts of one build.
#[derive(Debug)]
pub struct ScriptEnvironment<'a> {
    /// The workspace's root in the build folder.
    pub root: &'a Path,
    pub home: &'a Path,
    /// An empty folder for temporary files.
    pub tmp: &'a Path,
    /// The node of the build.
    pub node: &'a BuildNode,
    /// The workspace's pnpm, if a script calls it.
    pub pnpm: Option<&'a BuildPnpm>,
    /// The version in `packageManager`, for the user agent.
    pub pnpm_version: Option<&'a str>,
    /// Variables from the configuration; they override all others.
    pub extra: &'a BTreeMap<String, String>,
    /// Seconds since 1970.
    pub source_date_epoch: i64,
    pub settings: &'a PnpmSettings,
}

/// One script of one package.
#[derive(Debug, Clone, Copy)]
pub struct ScriptStep<'a> {
    /// The package's folder in the build folder.
    pub folder: &'a Path,
    pub manifest: &'a Manifest,
    /// `postinstall`, `prebuild`, `build`, `postbuild`.
    pub event: &'a str,
    pub command: &'a str,
    /// Variables for this script only; they override everything else.
    pub secrets: Option<&'a Secrets>,
}

/// The whole environment of one script.
pub fn environment(around: &ScriptEnvironment<'_>, step: &ScriptStep<'_>) -> BTreeMap<String, OsString> {
    let mut map: BTreeMap<String, OsString> = BTreeMap::new();
    let mut set = |name: &str, value: OsString| {
        map.insert(name.to_owned(), value);
    };
    set("PATH", path(around, step.folder));
    set("HOME", around.home.into());
    set("TMPDIR", around.tmp.into());
    for (name, value) in [("TZ", "UTC"), ("LC_ALL", "C"), ("LANG", "C"), ("CI", "1")] {
        set(name, value.into());
    }
    set("SOURCE_DATE_EPOCH", around.source_date_epoch.to_string().into());
    set("INIT_CWD", around.root.into());
    set("PNPM_SCRIPT_SRC_DIR", step.folder.into());
    set("NODE", around.node.bin_dir.join("node").into());
    set("npm_node_execpath", around.node.bin_dir.join("node").into());
    let installs = INSTALL_EVENTS.contains(&step.event);
    set("npm_command", if installs { "install" } else { "run-script" }.into());
    set("npm_lifecycle_event", step.event.into());
    set("npm_lifecycle_script", step.command.into());
    set("npm_package_json", step.folder.join("package.json").into());
    set("npm_config_user_agent", user_agent(around).into());
    // pnpm inside a script neither installs packages nor switches to another version.
    for prefix in ["npm_config", "pnpm_config"] {
        set(&format!("{prefix}_verify_deps_before_run"), "false".into());
        set(&format!("{prefix}_manage_package_manager_versions"), "false".into());
        set(&format!("{prefix}_pm_on_fail"), "ignore".into());
        set(&format!("{prefix}_offline"), "true".into());
    }
    for (name, value) in TASK_RUNNERS {
        set(name, value.into());
    }
    for (name, value) in
        [("npm_package_name", &step.manifest.name), ("npm_package_version", &step.manifest.version)]
    {
        if let Some(value) = value {
            set(name, value.into());
        }
    }
    if let Some(pnpm) = around.pnpm {
        set("npm_execpath", pnpm.program.clone().into());
    }
    if around.settings.bins.prefer_symlinked_executables {
        let hoisted = around.root.join(&around.settings.folders.virtual_store_dir).join("node_modules");
        set("NODE_PATH", hoisted.into());
    }
    map.extend(around.extra.iter().map(|(name, value)| (name.clone(), value.into())));
    let secrets = step.secrets.into_iter().flat_map(Secrets::variables);
    map.extend(secrets.map(|(name, value)| (name.clone(), value.into())));
    map
}

/// The commands of the package, the root, pnpm, node and the system.
fn path(around: &ScriptEnvironment<'_>, folder: &Path) -> OsString {
    let bin = |folder: &Path| folder.join(&around.settings.folders.modules_dir).join(".bin");
    let mut places: Vec<PathBuf> = vec![bin(folder)];
    if folder != around.root {
        places.push(bin(around.root));
    }
    places.extend(around.pnpm.map(|pnpm| pnpm.bin_dir.clone()));
    places.push(around.node.bin_dir.clone());
    places.extend(SYSTEM_PATH.map(PathBuf::from));
    let mut text = OsString::new();
    for (index, place) in places.iter().enumerate() {
        if index > 0 {
            text.push(":");
        }
        text.push(place);
    }
    text
}

fn user_agent(around: &ScriptEnvironment<'_>) -> String {
    let pnpm = around.pnpm_version.unwrap_or("?");
    format!("pnpm/{pnpm} npm/? node/v{} {} {}", around.node.version, std::env::consts::OS, node_arch())
}

fn node_arch() -> &'static str {
    Architecture::host().node().unwrap_or(std::env::consts::ARCH)
}

#[cfg(test)]
mod tests;
