//! Layers → values, with the defaults of the rules.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::layers::{Layers, WORKSPACE_FILE, scalar, words};
use super::overrides;
use super::values::{
    BinSettings, BuildScriptSettings, FolderSettings, HoistSettings, HoistingLimits, NodeLinker,
    PlatformSettings, PnpmSettings, ResolutionSettings, Sources, SupportedArchitectures,
};
use crate::rules::{LimitsSetting, SettingsRules, VirtualStoreFolder};
use crate::{ImporterId, PnpmError};

pub(super) fn settings(
    layers: &Layers,
    sources: &Sources<'_>,
    rules: &SettingsRules,
) -> Result<PnpmSettings, PnpmError> {
    let flag = |key, default| layers.flag(key).unwrap_or(default);
    let catalogs = catalogs(sources);
    let modules_dir =
        folder(layers, "modulesDir", sources.root)?.unwrap_or_else(|| "node_modules".to_owned());
    let default_store = match rules.virtual_store {
        VirtualStoreFolder::InNodeModules => "node_modules/.pnpm".to_owned(),
        VirtualStoreFolder::InModulesDir => format!("{modules_dir}/.pnpm"),
    };
    let node_linker = node_linker(layers, &modules_dir)?;
    Ok(PnpmSettings {
        node_linker,
        hoisting: HoistSettings {
            hoist: flag("hoist", true),
            hoist_pattern: layers.list("hoistPattern").unwrap_or_else(|| vec!["*".to_owned()]),
            public_hoist_pattern: public_hoist_pattern(layers, rules.public_hoist_pattern),
            hoist_workspace_packages: flag("hoistWorkspacePackages", rules.hoist_workspace_packages),
            dedupe_direct_deps: flag("dedupeDirectDeps", rules.dedupe_direct_deps),
            limits: hoisting_limits(layers, rules.hoisting_limits, node_linker)?,
        },
        folders: FolderSettings {
            virtual_store_dir: folder(layers, "virtualStoreDir", sources.root)?.unwrap_or(default_store),
            virtual_store_dir_max_length: max_length(layers)?,
            modules_dir,
        },
        bins: BinSettings {
            prefer_symlinked_executables: flag(
                "preferSymlinkedExecutables",
                node_linker == NodeLinker::Hoisted,
            ),
            extend_node_path: flag("extendNodePath", true),
        },
        platforms: PlatformSettings {
            supported_architectures: supported(layers),
            engine_strict: flag("engineStrict", false),
            node_version: layers.text("nodeVersion"),
            ignored_optional_dependencies: layers.list("ignoredOptionalDependencies").unwrap_or_default(),
        },
        builds: BuildScriptSettings {
            only_built_dependencies: layers.list("onlyBuiltDependencies"),
            never_built_dependencies: layers.list("neverBuiltDependencies").unwrap_or_default(),
            allow_builds: allow_builds(layers),
            dangerously_allow_all_builds: flag("dangerouslyAllowAllBuilds", false),
            strict_dep_builds: flag("strictDepBuilds", rules.strict_dep_builds),
        },
        resolution: ResolutionSettings {
            overrides: overrides::resolve(layers.map("overrides"), sources.manifest, &catalogs),
            patched_dependencies: layers.map("patchedDependencies"),
            catalogs,
            package_extensions: layers.get("packageExtensions").map(|(_, value)| value.clone()),
            ignore_compatibility_db: flag("ignoreCompatibilityDb", false),
            auto_install_peers: flag("autoInstallPeers", true),
            exclude_links_from_lockfile: flag("excludeLinksFromLockfile", false),
            inject_workspace_packages: flag("injectWorkspacePackages", false),
            dedupe_peer_dependents: flag("dedupePeerDependents", true),
            resolve_peers_from_workspace_root: flag("resolvePeersFromWorkspaceRoot", true),
            dedupe_peers: flag("dedupePeers", false),
            peers_suffix_max_length: layers.number("peersSuffixMaxLength").unwrap_or(1_000),
            pnpmfiles: (!flag("ignorePnpmfile", false)).then(|| layers.list("pnpmfile").unwrap_or_default()),
            plugins: plugins(layers),
        },
        pre_post_scripts: flag("enablePrePostScripts", rules.pre_post_scripts),
    })
}

/// The configuration dependencies with the name of a plugin.
///
/// Source: pnpm/pnpm@702ad5f860 cli/cli-utils/src/getConfig.ts, isPluginName; pnpm/pnpm@36e5ae6ac8 pnpm11/pnpm/src/getConfig.ts, isPluginName.
fn plugins(layers: &Layers) -> Vec<String> {
    let names =
        layers.get("configDependencies").and_then(|(_, value)| value.as_object()).into_iter().flatten();
    let is_plugin = |name: &str| {
        name.starts_with("pnpm-plugin-")
            || name.starts_with("@pnpm/plugin-")
            || (name.starts_with('@') && name.contains("/pnpm-plugin-"))
    };
    names.map(|(name, _)| name.clone()).filter(|name| is_plugin(name)).collect()
}

fn node_linker(layers: &Layers, modules_dir: &str) -> Result<NodeLinker, PnpmError> {
    const NAME: &str = "nodeLinker";
    let Some((origin, value)) = layers.get(NAME) else { return Ok(NodeLinker::Isolated) };
    let value = scalar(value).unwrap_or_else(|| value.to_string());
    let refused = |name, value: &str, reason| {
        Err(PnpmError::Setting { name, value: value.to_owned(), origin: origin.to_owned(), reason })
    };
    match value.as_str() {
        "isolated" => Ok(NodeLinker::Isolated),
        "hoisted" if modules_dir == "node_modules" => Ok(NodeLinker::Hoisted),
        "hoisted" => {
            refused("modulesDir", modules_dir, "nodeLinker: hoisted needs the default, node_modules")
        }
        other => refused(NAME, other, "it must be isolated or hoisted"),
    }
}

fn hoisting_limits(
    layers: &Layers,
    rule: LimitsSetting,
    linker: NodeLinker,
) -> Result<HoistingLimits, PnpmError> {
    const NAME: &str = "hoistingLimits";
    let Some((origin, value)) = layers.get(NAME) else { return Ok(HoistingLimits::None) };
    let refused = |reason| {
        Err(PnpmError::Setting { name: NAME, value: value.to_string(), origin: origin.to_owned(), reason })
    };
    match rule {
        LimitsSetting::None => return Ok(HoistingLimits::None),
        LimitsSetting::EndsInstall if linker == NodeLinker::Hoisted && origin == WORKSPACE_FILE => {
            return refused(
                "this version of pnpm fails with it, later ones support it: set \"packageManager\" in package.json to your version, or remove the setting",
            );
        }
        LimitsSetting::EndsInstall => return Ok(HoistingLimits::None),
        LimitsSetting::Followed => {}
    }
    match scalar(value).as_deref() {
        Some("none") => Ok(HoistingLimits::None),
        Some("workspaces") => Ok(HoistingLimits::Workspaces),
        Some("dependencies") => Ok(HoistingLimits::Dependencies),
        _ => refused("it must be none, workspaces or dependencies"),
    }
}

/// `shamefullyHoist` wins over the pattern, in both directions.
fn public_hoist_pattern(layers: &Layers, default: &[&str]) -> Vec<String> {
    match layers.flag("shamefullyHoist").filter(|_| layers.get("shamefullyHoist").is_some()) {
        Some(true) => return vec!["*".to_owned()],
        Some(false) => return Vec::new(),
        None => {}
    }
    let patterns = layers
        .list("publicHoistPattern")
        .unwrap_or_else(|| default.iter().map(|word| (*word).to_owned()).collect());
    if patterns == [""] { Vec::new() } else { patterns }
}

fn supported(layers: &Layers) -> SupportedArchitectures {
    let value = layers.get("supportedArchitectures").map(|(_, value)| value);
    let list = |key: &str| value.and_then(|value| value.get(key)).map(words).unwrap_or_default();
    SupportedArchitectures { os: list("os"), cpu: list("cpu"), libc: list("libc") }
}

fn allow_builds(layers: &Layers) -> BTreeMap<String, bool> {
    let mut allowed: BTreeMap<String, bool> = BTreeMap::new();
    for name in layers.list("ignoredBuiltDependencies").unwrap_or_default() {
        allowed.insert(name, false);
    }
    let entries = layers.get("allowBuilds").and_then(|(_, value)| value.as_object()).into_iter().flatten();
    allowed.extend(entries.filter_map(|(name, value)| Some((name.clone(), value.as_bool()?))));
    allowed
}

fn max_length(layers: &Layers) -> Result<usize, PnpmError> {
    const NAME: &str = "virtualStoreDirMaxLength";
    let Some((origin, value)) = layers.get(NAME) else { return Ok(120) };
    let length =
        scalar(value).and_then(|text| text.parse().ok()).filter(|length| (40..=255).contains(length));
    length.ok_or_else(|| PnpmError::Setting {
        name: NAME,
        value: value.to_string(),
        origin: origin.to_owned(),
        reason: "it must be 40–255",
    })
}

/// A folder below the root, from a setting that is absolute or relative to the root.
fn folder(layers: &Layers, name: &'static str, root: &Path) -> Result<Option<String>, PnpmError> {
    let Some((origin, value)) = layers.get(name) else { return Ok(None) };
    let text = scalar(value).unwrap_or_default();
    let relative = match Path::new(&text).strip_prefix(root) {
        Ok(inside) => inside.to_str().unwrap_or_default(),
        Err(_) => &text,
    };
    match ImporterId::new(relative).filter(|folder| !folder.is_root()) {
        Some(folder) => Ok(Some(folder.as_str().to_owned())),
        None => Err(PnpmError::Setting {
            name,
            value: text,
            origin: origin.to_owned(),
            reason: "it must be a folder inside the workspace",
        }),
    }
}

/// Catalogs are read from pnpm-workspace.yaml by every pnpm that has them.
fn catalogs(sources: &Sources<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
    let entries = |value: &Value| -> BTreeMap<String, String> {
        let object = value.as_object().into_iter().flatten();
        object.filter_map(|(alias, specifier)| Some((alias.clone(), scalar(specifier)?))).collect()
    };
    let named = sources.workspace.get("catalogs").and_then(Value::as_object).into_iter().flatten();
    let mut catalogs: BTreeMap<_, _> = named.map(|(name, value)| (name.clone(), entries(value))).collect();
    if let Some(value) = sources.workspace.get("catalog") {
        catalogs.insert("default".to_owned(), entries(value));
    }
    catalogs
}
