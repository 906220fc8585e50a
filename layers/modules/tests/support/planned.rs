//! A workspace of the fixtures, planned as fourply plans it, with its packages fetched from the registry that npm is configured for.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_blob::Key;
use fourply_modules::{
    Closure, ClosurePackage, Contents, DepPath, Dialect, ImporterId, Include, LayoutOptions, Libc,
    Resolution, Target, Tree, TreeEntry, Workspace, apply_patches, closure, layout, requests,
};
use fourply_store::{FetchSettings, Fetcher, NoProgress, NpmConfig, PackBuilder, Store};

/// A store that all tests of one build share, so that a package is fetched once.
pub fn store() -> Store {
    Store::open(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("store")).unwrap()
}

/// The registry that npm itself would ask.
pub fn registry() -> Option<String> {
    let output = Command::new("npm").args(["config", "get", "registry"]).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// linux on x64 with glibc.
pub fn target() -> Target {
    Target {
        os: "linux".into(),
        cpu: "x64".into(),
        libc: Libc::Glibc,
        node: Some(node_semver::Version::parse("22.12.0").unwrap()),
    }
}

/// What is planned for some importers.
pub struct Planned {
    pub store: Store,
    pub workspace: Workspace,
    pub closure: Closure,
    pub contents: Contents,
    pub tree: Tree,
}

/// Plans `importers` of the workspace at `root`, for an image that has it in /app.
pub fn plan(root: &Path, importers: &[&str], scripts: bool, dialect: Option<Dialect>) -> Planned {
    plan_at(root, importers, scripts, dialect, "/app")
}

/// Plans for an image that has the workspace in `root_in_image`.
pub fn plan_at(
    root: &Path,
    importers: &[&str],
    scripts: bool,
    dialect: Option<Dialect>,
    root_in_image: &str,
) -> Planned {
    let workspace = Workspace::read(root, dialect).unwrap();
    let importers: Vec<ImporterId> =
        importers.iter().map(|folder| workspace.importer(folder).unwrap()).collect();
    let closure = closure(&workspace, &importers, Include::Production, &target()).unwrap();
    let store = store();
    let mut contents = fetch(&store, &workspace, &closure);
    contents.0.extend(foreign(&store, &workspace, &closure));
    apply_patches(&store, &workspace, &closure, &mut contents).unwrap();
    let options = LayoutOptions { scripts, ..LayoutOptions::new(root_in_image, workspace.dialect) };
    let tree = layout(&store, &workspace, &closure, &contents, &options).unwrap();
    Planned { store, workspace, closure, contents, tree }
}

fn fetch(store: &Store, workspace: &Workspace, closure: &Closure) -> Contents {
    let mut registry_packages = closure.clone();
    registry_packages.packages.retain(|_, package| !is_foreign(&package.resolution));
    let (dep_paths, requests): (Vec<_>, Vec<_>) =
        requests(workspace, &registry_packages).unwrap().into_iter().unzip();
    let (npm, _) = NpmConfig::parse(workspace.npmrc_text.as_deref().unwrap_or_default(), &|_| None);
    let fetcher = Fetcher::new(store.clone(), FetchSettings { npm, ..FetchSettings::default() })
        .with_default_registry(registry);
    let packs = fetcher.packages(&requests, &NoProgress).unwrap();
    Contents(dep_paths.into_iter().zip(packs).collect())
}

/// Packages that fourply does not take from a workspace yet: their packs are made here, so that their layout is compared all the same.
fn foreign(store: &Store, workspace: &Workspace, closure: &Closure) -> BTreeMap<DepPath, Key> {
    let packages = closure.packages.iter().filter(|(_, package)| is_foreign(&package.resolution));
    let pack = |(dep_path, package): (&DepPath, &ClosurePackage)| {
        let folder = match &package.resolution {
            Resolution::Directory { path } => workspace.root.join(path),
            Resolution::Git { path, .. } => workspace
                .root
                .join(".git-fixture")
                .join(path.as_deref().unwrap_or("").trim_start_matches('/')),
            other => panic!("{other:?}"),
        };
        let mut builder = PackBuilder::new();
        for path in packed_files(&folder) {
            let file = folder.join(&path);
            let executable = std::fs::metadata(&file).unwrap().permissions().mode() & 0o111 != 0;
            builder.add_file(&path, executable, std::fs::read(&file).unwrap()).unwrap();
        }
        (dep_path.clone(), builder.finish(store).unwrap().id())
    };
    packages.map(pack).collect()
}

fn is_foreign(resolution: &Resolution) -> bool {
    matches!(resolution, Resolution::Directory { .. } | Resolution::Git { .. })
}

/// What npm itself would pack of a folder.
fn packed_files(folder: &Path) -> Vec<String> {
    let output = Command::new("npm")
        .args(["pack", "--dry-run", "--json", "--ignore-scripts"])
        .current_dir(folder)
        .output()
        .unwrap();
    let packed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    packed[0]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect()
}

impl Planned {
    /// Every path of the tree with what is there, in the form of `Row`.
    pub fn rows(&self) -> BTreeMap<String, String> {
        self.tree.entries(&self.store).unwrap().iter().map(row).collect()
    }
}

fn row(entry: &TreeEntry) -> (String, String) {
    let line = entry.to_string();
    let (path, rest) = line.split_once('\t').unwrap();
    (path.to_owned(), rest.to_owned())
}

/// The files that pnpm writes for itself.
pub fn is_bookkeeping(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    matches!(name, ".modules.yaml" | ".pnpm-workspace-state-v1.json")
        || path == "node_modules/.pnpm/lock.yaml"
        || path == "node_modules/.store/lock.yaml"
}

/// What differs between two trees, at most 40 lines of it, and how many paths there are.
pub fn differences(ours: &BTreeMap<String, String>, real: &BTreeMap<String, String>) -> (usize, String) {
    let mut lines = Vec::new();
    for path in ours.keys().chain(real.keys().filter(|path| !ours.contains_key(*path))) {
        let (our, their) = (ours.get(path), real.get(path));
        if our != their {
            lines.push(format!(
                "{path}\n    fourply: {}\n    pnpm:    {}",
                our.map_or("-", |x| x),
                their.map_or("-", |x| x)
            ));
        }
    }
    (lines.len(), lines.iter().take(40).cloned().collect::<Vec<_>>().join("\n"))
}

/// A folder for unpacked fixtures.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workspaces").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
