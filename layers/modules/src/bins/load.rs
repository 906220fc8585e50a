//! The commands of packages and workspace folders, read once. In: packs, or folders of the workspace. Out: [`PackageBins`].
//!
//! What a pack offers is a function of the pack and the rules alone, so the store remembers it and a second plan opens no pack.

use std::path::Path;
use std::sync::Arc;

use fourply_blob::{Key, KeyBuilder};
use fourply_store::{Pack, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::commands::{Files, PackFiles, PackageBins, package_bins};
use crate::layout::error::LayoutError;
use crate::rules::CommandRules;
use crate::{ImporterId, Rules};

/// What one pack offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PackOffers {
    /// The package's own commands; nothing where it has no package.json.
    pub(crate) own: Option<PackageBins>,
    /// Those of the packages in its own node_modules, by folder (`node_modules/x`), sorted.
    pub(crate) bundled: Vec<(String, PackageBins)>,
    /// It has install scripts, or what pnpm takes for such.
    pub(crate) requires_build: bool,
}

/// Where the store keeps them.
const KIND: &str = "bins";

/// What the pack `id` offers, which belongs to `owner`.
pub(crate) fn of_pack(
    store: &Store,
    id: &Key,
    owner: &str,
    rules: &Rules,
) -> Result<Arc<PackOffers>, LayoutError> {
    let key = KeyBuilder::new("fourply bins v3").field("pack", id).field("rules", rules.to_string()).finish();
    let failed = |source| LayoutError::store(format!("cannot read the commands of {owner}"), source);
    if let Some(offers) = store.record::<PackOffers>(KIND, &key).map_err(failed)? {
        return Ok(Arc::new(offers));
    }
    let pack = store.open_pack(id).map_err(failed)?;
    let offers = read(&pack, owner, &rules.bins.commands)?;
    store.put_record(KIND, &key, &offers).map_err(failed)?;
    Ok(Arc::new(offers))
}

fn read(pack: &Pack, owner: &str, rules: &CommandRules) -> Result<PackOffers, LayoutError> {
    let files = PackFiles { pack, prefix: "" };
    let manifest = manifest(&files, owner)?;
    let own = manifest.as_ref().map(|manifest| package_bins(manifest, &files, rules));
    let mut bundled = Vec::new();
    for folder in bundled_folders(pack) {
        let prefix = format!("{folder}/");
        let offered = offer(&PackFiles { pack, prefix: &prefix }, &format!("{owner}, {folder}"), rules)?;
        bundled.extend(offered.map(|bins| (folder, bins)));
    }
    let requires_build = manifest.as_ref().is_some_and(has_install_script)
        || pack.entries().iter().any(|entry| is_build_file(&entry.path));
    Ok(PackOffers { own, bundled, requires_build })
}

/// pnpm's `pkgRequiresBuild`, first half: a script that npm runs at installation, if it is not empty.
fn has_install_script(manifest: &Value) -> bool {
    let script = |name| manifest.get("scripts").and_then(|scripts| scripts.get(name)).and_then(Value::as_str);
    ["preinstall", "install", "postinstall"].into_iter().filter_map(script).any(|script| !script.is_empty())
}

/// The second half: node-gyp's project file, or npm's old hooks.
fn is_build_file(path: &str) -> bool {
    path == "binding.gyp" || path.starts_with(".hooks/")
}

/// The folders of packages directly in the pack's own node_modules.
fn bundled_folders(pack: &Pack) -> Vec<String> {
    let manifests = pack.entries().iter().filter_map(|entry| entry.path.strip_suffix("/package.json"));
    let names = manifests.filter_map(|folder| folder.strip_prefix("node_modules/"));
    let top = names.filter(|name| {
        let parts = name.split('/').count();
        !name.starts_with('.') && parts == if name.starts_with('@') { 2 } else { 1 }
    });
    top.map(|name| format!("node_modules/{name}")).collect()
}

fn offer(files: &dyn Files, owner: &str, rules: &CommandRules) -> Result<Option<PackageBins>, LayoutError> {
    Ok(manifest(files, owner)?.map(|manifest| package_bins(&manifest, files, rules)))
}

fn manifest(files: &dyn Files, owner: &str) -> Result<Option<Value>, LayoutError> {
    let Some((bytes, _)) = files.read("package.json") else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let manifest = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    manifest
        .map(Some)
        .map_err(|error| LayoutError::Manifest { owner: owner.to_owned(), message: error.to_string() })
}

/// What a folder of the workspace offers, as a build left it where there is one; `manifest` where it is known already.
pub(crate) fn of_folder(
    root: &Path,
    folder: &ImporterId,
    built: Option<&Pack>,
    manifest: Option<&Value>,
    rules: &CommandRules,
) -> Result<Option<PackageBins>, LayoutError> {
    let place = root.join(folder.as_str());
    let prefix = if folder.is_root() { String::new() } else { format!("{folder}/") };
    let built = built.map(|pack| PackFiles { pack, prefix: &prefix });
    let files = Both { first: built, second: FolderFiles(&place) };
    match manifest {
        Some(manifest) => Ok(Some(package_bins(manifest, &files, rules))),
        None => offer(&files, &place.display().to_string(), rules),
    }
}

/// Files of two places; the first counts where both have one.
struct Both<'a> {
    first: Option<PackFiles<'a>>,
    second: FolderFiles<'a>,
}

impl Files for Both<'_> {
    fn read(&self, path: &str) -> Option<(Vec<u8>, bool)> {
        self.first.as_ref().and_then(|files| files.read(path)).or_else(|| self.second.read(path))
    }

    fn is_directory(&self, path: &str) -> bool {
        self.first.as_ref().is_some_and(|files| files.is_directory(path)) || self.second.is_directory(path)
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let mut found = self.first.as_ref().map(|files| files.below(directory)).unwrap_or_default();
        found.extend(self.second.below(directory));
        found.sort();
        found.dedup();
        found
    }
}

/// The files of a folder on disk. Links are not followed out of it.
struct FolderFiles<'a>(&'a Path);

impl FolderFiles<'_> {
    /// The largest file that is read: only a package.json or a script's first lines matter.
    const MAX: u64 = 64 << 20;

    fn list(&self, directory: &str, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(self.0.join(directory)) else { return };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.list(&path, found),
                Ok(kind) if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
}

impl Files for FolderFiles<'_> {
    fn read(&self, path: &str) -> Option<(Vec<u8>, bool)> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.join(path);
        let metadata = std::fs::metadata(&path)
            .ok()
            .filter(|metadata| metadata.is_file() && metadata.len() <= Self::MAX)?;
        Some((std::fs::read(&path).ok()?, metadata.permissions().mode() & 0o111 == 0o111))
    }

    fn is_directory(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.list(directory, &mut found);
        found.sort();
        found
    }
}
