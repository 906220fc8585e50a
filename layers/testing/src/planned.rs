//! A workspace, planned as fourply plans it, with its packages fetched from the registry that npm is configured for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_modules::{GatherRequest, PlannedEntry, apply_patches, entries, gather, origins};
use fourply_platform::Libc;
use fourply_pnpm::{
    Closure, ImporterId, Include, LayoutOptions, PackageContents, Rules, Target, Tree, Workspace, closure,
};
use fourply_scripts::{layout, pack_folders};
use fourply_store::{FetchSettings, Fetcher, NoProgress, NpmConfig, Store};

pub use crate::real_pnpm::is_bookkeeping;

/// A store that all tests of one build share, so that a package is fetched once.
pub fn store() -> Store {
    Store::open(&crate::program::target_tmp().join("store")).unwrap()
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
    pub contents: PackageContents,
    pub tree: Tree,
}

/// Plans `importers` of the workspace at `root`, for an image that has it in /app.
pub fn plan(root: &Path, importers: &[&str], scripts: bool, rules: Option<&'static Rules>) -> Planned {
    plan_at(root, importers, scripts, rules, "/app")
}

/// Plans for an image that has the workspace in `root_in_image`.
pub fn plan_at(
    root: &Path,
    importers: &[&str],
    scripts: bool,
    rules: Option<&'static Rules>,
    root_in_image: &str,
) -> Planned {
    plan_built(root, importers, scripts, rules, root_in_image, None)
}

/// The same where a build left a pack of files in the workspace.
pub fn plan_built(
    root: &Path,
    importers: &[&str],
    scripts: bool,
    rules: Option<&'static Rules>,
    root_in_image: &str,
    built: Option<fourply_blob::Key>,
) -> Planned {
    let workspace = Workspace::read(root, rules).unwrap();
    let importers: Vec<ImporterId> =
        importers.iter().map(|folder| workspace.importer(folder).unwrap()).collect();
    let closure = closure(&workspace, &importers, Include::Production, &target()).unwrap();
    let store = store();
    let mut contents = fetch(&store, &workspace, &closure);
    let unpatched = apply_patches(&store, &workspace, &closure, &mut contents).unwrap();
    let options =
        LayoutOptions { scripts, built, unpatched, ..LayoutOptions::new(root_in_image, workspace.rules) };
    let tree = layout(&store, &workspace, &closure, &contents, &options).unwrap();
    Planned { store, workspace, closure, contents, tree }
}

fn fetch(store: &Store, workspace: &Workspace, closure: &Closure) -> PackageContents {
    let (npm, _) = NpmConfig::parse(workspace.npmrc_text.as_deref().unwrap_or_default(), &|_| None);
    let fetcher = Fetcher::new(store.clone(), FetchSettings { npm, ..FetchSettings::default() })
        .with_default_registry(registry);
    let origins = origins(workspace, closure, &BTreeMap::new()).unwrap();
    let rules = &workspace.rules.packing;
    let folders = pack_folders(store, &workspace.root, closure, rules, &|_, _| false).unwrap();
    let request = GatherRequest {
        fetcher: &fetcher,
        rules,
        folders: &folders,
        optional: &|_| false,
        progress: &NoProgress,
    };
    gather(&request, origins).unwrap().complete().unwrap()
}

impl Planned {
    /// Every path of the tree with what is there, in the form of `Row`.
    pub fn rows(&self) -> BTreeMap<String, String> {
        entries(&self.tree, &self.store).unwrap().iter().map(row).collect()
    }
}

fn row(entry: &PlannedEntry) -> (String, String) {
    let line = entry.to_string();
    let (path, rest) = line.split_once('\t').unwrap();
    (path.to_owned(), rest.to_owned())
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

/// An empty folder for a workspace.
pub fn scratch(name: &str) -> PathBuf {
    let folder = crate::program::target_tmp().join("workspaces").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
