//! Small random workspaces of the test registry's packages.
#![allow(dead_code, clippy::unwrap_used)]

use fourply_pnpm::Rules;
use fourply_testing::npm_registry::Registry;
use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What a package may depend on: alias and specifier. Cases in which the four pnpms themselves vary are left out; each
/// has its own test: children that a skipped package shares, hard links in tarballs.
const PACKAGES: [(&str, &str); 53] = [
    ("plain-a", "1.0.0"),
    ("plain-b", "1.0.0"),
    ("plain-b", "^2.0.0"),
    ("plain-b", "3.0.0"),
    ("b-alias", "npm:plain-b@2.0.0"),
    ("@al/ias", "npm:@scope/thing@1.0.0"),
    ("peer-host", "1.0.0"),
    ("peer-host", "2.0.0"),
    ("has-peer", "1.0.0"),
    ("has-opt-peer", "1.0.0"),
    ("trans-peer", "1.0.0"),
    ("nested-peer", "1.0.0"),
    ("peer-of-peer", "1.0.0"),
    ("some-peers", "1.0.0"),
    ("many-peers", "1.0.0"),
    ("UpperCase", "1.0.0"),
    ("@Upper/Scoped", "1.0.0"),
    ("@scope/thing", "1.0.0"),
    ("cyc-a", "1.0.0"),
    ("cyc-b", "1.0.0"),
    ("self-dep", "1.0.0"),
    ("self-old", "1.0.0"),
    ("native-parent", "1.0.0"),
    ("not-darwin", "1.0.0"),
    ("bad-engine", "1.0.0"),
    ("eng-parent", "1.0.0"),
    ("platform-required", "1.0.0"),
    ("bundler", "1.0.0"),
    ("bundle-true", "1.0.0"),
    ("stray-nm", "1.0.0"),
    ("modes", "1.0.0"),
    ("dirbin", "1.0.0"),
    ("weird-top", "1.0.0"),
    ("bom-pkg", "1.0.0"),
    ("dup-entries", "1.0.0"),
    ("uses-hoistable", "1.0.0"),
    ("eslint", "1.0.0"),
    ("uses-b2", "1.0.0"),
    ("uses-b3", "1.0.0"),
    ("a-uses-b3", "1.0.0"),
    ("bin-conflict-1", "1.0.0"),
    ("bin-conflict-2", "1.0.0"),
    ("conflict", "1.0.0"),
    ("uses-alias", "1.0.0"),
    ("prerel", "1.0.0-beta.1"),
    ("opt-and-dep", "1.0.0"),
    ("deep-0", "1.0.0"),
    ("zz-short", "1.0.0"),
    ("dup", "3.0.0"),
    ("@a/b", "1.0.0"),
    ("@a-b/c", "1.0.0"),
    ("bin-odd", "1.0.0"),
    ("bin-shebang", "1.0.0"),
];

/// Settings under their names in .npmrc and in pnpm-workspace.yaml.
const SETTINGS: [(&str, &str); 9] = [
    ("dedupe-direct-deps=true", "dedupeDirectDeps: true"),
    ("hoist-workspace-packages=false", "hoistWorkspacePackages: false"),
    ("hoist=false", "hoist: false"),
    ("public-hoist-pattern[]=*b*", "publicHoistPattern: ['*b*']"),
    ("shamefully-hoist=true", "shamefullyHoist: true"),
    ("auto-install-peers=false", "autoInstallPeers: false"),
    ("virtual-store-dir-max-length=60", "virtualStoreDirMaxLength: 60"),
    ("prefer-symlinked-executables=true", "preferSymlinkedExecutables: true"),
    ("dedupe-peer-dependents=false", "dedupePeerDependents: false"),
];

const NAMES: [&str; 5] = ["app", "@w/lib", "util", "plain-a", "zeta"];
const FOLDERS: [&str; 5] = ["services/app", "packages/lib", "packages/util", "packages/plain-a", "zeta"];
const LISTS: [&str; 3] = ["dependencies", "optionalDependencies", "devDependencies"];

/// One package of a workspace: edges to the registry and to other packages, each with its list.
#[derive(Debug, Clone)]
pub struct Package {
    registry: Vec<(usize, usize)>,
    workspace: Vec<(usize, usize, bool)>,
    bin: bool,
    publish: bool,
}

/// A workspace.
#[derive(Debug, Clone)]
pub struct Random {
    root: Vec<(usize, usize)>,
    packages: Vec<Package>,
    settings: Vec<usize>,
}

/// Any workspace.
pub fn workspace() -> impl Strategy<Value = Random> {
    let list = || prop_oneof![5 => Just(0_usize), 1 => Just(1), 1 => Just(2)];
    let registry = move || prop::collection::vec((0..PACKAGES.len(), list()), 0..7);
    let edges = prop::collection::vec((0..NAMES.len(), list(), prop::bool::weighted(0.2)), 0..3);
    let package = (registry(), edges, any::<bool>(), prop::bool::weighted(0.2))
        .prop_map(|(registry, workspace, bin, publish)| Package { registry, workspace, bin, publish });
    let packages = prop::collection::vec(package, NAMES.len());
    let settings = prop::collection::vec(0..SETTINGS.len(), 0..3);
    (prop::collection::vec((0..PACKAGES.len(), list()), 0..4), packages, settings)
        .prop_map(|(root, packages, settings)| Random { root, packages, settings })
}

impl Random {
    /// The services to install.
    pub const SERVICES: [&'static str; 2] = ["services/app", "zeta"];

    /// Writes the workspace for one version of pnpm, with additional settings.
    pub fn write(
        &self,
        root: &Path,
        rules: &'static Rules,
        registry: &Registry,
        more: &[(&'static str, &'static str)],
    ) {
        let put = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("package.json", &manifest("root", &self.root, &[], false));
        for ((name, folder), package) in NAMES.iter().zip(FOLDERS).zip(&self.packages) {
            let edges: Vec<_> =
                package.workspace.iter().filter(|(to, ..)| NAMES[*to] != *name).copied().collect();
            put(&format!("{folder}/package.json"), &manifest(name, &package.registry, &edges, package.bin));
            put(&format!("{folder}/cli.js"), "#!/usr/bin/env node\n");
            if package.publish {
                let path = root.join(folder).join("package.json");
                let text = std::fs::read_to_string(&path).unwrap();
                let mut own: Value = serde_json::from_str(&text).unwrap();
                own["publishConfig"] = json!({ "directory": "pub", "linkDirectory": true });
                std::fs::write(path, own.to_string()).unwrap();
                put(&format!("{folder}/pub/package.json"), &text);
                put(&format!("{folder}/pub/cli.js"), "#!/usr/bin/env node\n");
            }
        }
        let mut settings: Vec<usize> = self.settings.clone();
        settings.sort_unstable();
        settings.dedup();
        let (mut npmrc, mut yaml) =
            (registry.npmrc(), "packages: [services/*, packages/*, zeta]\n".to_owned());
        for (ini, line) in settings.into_iter().map(|setting| SETTINGS[setting]).chain(more.iter().copied()) {
            let (file, line) = if rules.major() < 11 { (&mut npmrc, ini) } else { (&mut yaml, line) };
            file.push_str(line);
            file.push('\n');
        }
        put(".npmrc", &npmrc);
        put("pnpm-workspace.yaml", &yaml);
    }
}

/// A name keeps its first edge: no list of a package.json has a name twice, and only one list counts.
fn manifest(
    name: &str,
    registry: &[(usize, usize)],
    workspace: &[(usize, usize, bool)],
    bin: bool,
) -> String {
    let mut lists: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let (mut seen, mut meta) = (Vec::new(), Map::new());
    let edges = workspace.iter().map(|(to, list, injected)| (NAMES[*to], "workspace:*", *list, *injected));
    let packages =
        registry.iter().map(|(package, list)| (PACKAGES[*package].0, PACKAGES[*package].1, *list, false));
    for (alias, specifier, list, injected) in edges.chain(packages) {
        if seen.contains(&alias) {
            continue;
        }
        seen.push(alias);
        lists.entry(LISTS[list]).or_default().insert(alias.to_owned(), specifier.into());
        if injected {
            meta.insert(alias.to_owned(), json!({ "injected": true }));
        }
    }
    let mut manifest = json!({ "name": name, "version": "1.0.0" });
    for (list, entries) in lists {
        manifest[list] = entries.into();
    }
    if bin {
        manifest["bin"] = json!({ "conflict": "cli.js", "tool": "cli.js" });
    }
    if !meta.is_empty() {
        manifest["dependenciesMeta"] = meta.into();
    }
    manifest.to_string()
}
