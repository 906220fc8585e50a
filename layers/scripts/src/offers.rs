//! The commands of packages and workspace folders, read once. In: a layout, archives, the workspace. Out: [`Offers`].
//!
//! An archive's commands depend only on the archive and the rules. So the store caches them, and a second plan opens no
//! archive.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use fourply_blob::Key;
use fourply_pnpm::rules::CommandRules;
use fourply_pnpm::{
    DepPath, ImporterId, Layout, LayoutError, LayoutOptions, Offers, PackOffers, PackageBins,
    PackageContents, PackageFiles, Rules, Workspace, package_bins,
};
use fourply_store::{Pack, PackKind, Store, open_file};
use rayon::prelude::*;
use serde_json::Value;

use crate::{Result, ScriptsError};

/// The offers that a layout needs.
///
/// # Errors
/// A missing or damaged archive; a package.json that cannot be read.
pub(crate) fn offers(
    store: &Store,
    workspace: &Workspace,
    contents: &PackageContents,
    layout: &Layout<'_>,
    options: &LayoutOptions,
) -> Result<Offers> {
    let rules = options.rules;
    let of =
        |dep_path: &DepPath, id: &Key| Ok((dep_path.clone(), of_pack(store, id, dep_path.as_str(), rules)?));
    let packs = layout.packages().into_par_iter().map(|dep_path| {
        let missing = || LayoutError::NoContent { dep_path: dep_path.to_string() };
        of(dep_path, contents.0.get(dep_path).ok_or_else(missing)?)
    });
    let packs = packs.collect::<Result<BTreeMap<_, _>>>()?;
    let published = options.published.0.iter().map(|(dep_path, id)| of(dep_path, id));
    let published = published.collect::<Result<BTreeMap<_, _>>>()?;
    let unpatched = options.unpatched.0.iter().map(|(dep_path, id)| of(dep_path, id));
    let unpatched = unpatched.collect::<Result<BTreeMap<_, _>>>()?;
    let failed = |error| ScriptsError::at("cannot read what the build left", error);
    let built = options.built.as_ref().map(|pack| store.open_pack(pack)).transpose().map_err(failed)?;
    let mut folders = BTreeMap::new();
    for folder in layout.folders() {
        let manifest = workspace.manifests.get(folder).map(|manifest| &manifest.raw);
        if let Some(bins) =
            of_folder(&workspace.root, folder, built.as_deref(), manifest, &rules.bins.commands)?
        {
            folders.insert(folder.clone(), bins);
        }
    }
    Ok(Offers { packs, published, unpatched, folders })
}

fourply_store::record! {
    /// The offers of an archive.
    struct OffersOf<'a> in Bins, rules 4 => PackOffers {
        pack: &'a Key,
        rules: &'a Rules,
    }
}

/// The offers of the archive `id`, which belongs to `owner`.
fn of_pack(store: &Store, id: &Key, owner: &str, rules: &Rules) -> Result<Arc<PackOffers>> {
    let record = OffersOf { pack: id, rules };
    let failed = |source| ScriptsError::at(format!("cannot read the commands of {owner}"), source);
    if let Some(offers) = store.get(&record) {
        return Ok(Arc::new(offers));
    }
    let pack = store.open_pack(id).map_err(failed)?;
    let offers = read(&pack, owner, &rules.bins.commands)?;
    store.put(&record, &offers).map_err(failed)?;
    Ok(Arc::new(offers))
}

fn read(pack: &Pack, owner: &str, rules: &CommandRules) -> Result<PackOffers> {
    let files = PackFiles { pack, prefix: "" };
    let manifest = manifest(&files, owner)?;
    let own = manifest.as_ref().map(|manifest| bounded(manifest, &files, owner, rules)).transpose()?;
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

/// The first half of pnpm's `pkgRequiresBuild`: a non-empty script that npm runs at installation.
fn has_install_script(manifest: &Value) -> bool {
    let script = |name| manifest.get("scripts").and_then(|scripts| scripts.get(name)).and_then(Value::as_str);
    ["preinstall", "install", "postinstall"].into_iter().filter_map(script).any(|script| !script.is_empty())
}

/// The second half: node-gyp's project file, or npm's old hooks.
fn is_build_file(path: &str) -> bool {
    path == "binding.gyp" || path.starts_with(".hooks/")
}

/// The folders of packages directly in the archive's own node_modules.
fn bundled_folders(pack: &Pack) -> Vec<String> {
    let manifests = pack.entries().iter().filter_map(|entry| entry.path.strip_suffix("/package.json"));
    let names = manifests.filter_map(|folder| folder.strip_prefix("node_modules/"));
    let top = names.filter(|name| {
        let parts = name.split('/').count();
        !name.starts_with('.') && parts == if name.starts_with('@') { 2 } else { 1 }
    });
    top.map(|name| format!("node_modules/{name}")).collect()
}

/// The most commands of one package: each becomes files of layers.
const MOST_COMMANDS: usize = 10_000;

fn offer(files: &dyn PackageFiles, owner: &str, rules: &CommandRules) -> Result<Option<PackageBins>> {
    manifest(files, owner)?.map(|manifest| bounded(&manifest, files, owner, rules)).transpose()
}

/// The commands of a package.json, unless they are too many.
fn bounded(
    manifest: &Value,
    files: &dyn PackageFiles,
    owner: &str,
    rules: &CommandRules,
) -> Result<PackageBins> {
    let named = manifest.get("bin").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    let fault = |field: &str, count: usize| {
        let message = format!("its {field} has {count} commands; at most {MOST_COMMANDS} are read");
        Err(ScriptsError::Manifest { owner: owner.to_owned(), message: message.into() })
    };
    if named > MOST_COMMANDS {
        return fault("bin", named);
    }
    let bins = package_bins(manifest, files, rules);
    match bins.count() {
        count if count > MOST_COMMANDS => fault("directories.bin", count),
        _ => Ok(bins),
    }
}

fn manifest(files: &dyn PackageFiles, owner: &str) -> Result<Option<Value>> {
    let Some((bytes, _)) = files.read("package.json", usize::MAX) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let manifest = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    manifest
        .map(Some)
        .map_err(|error| ScriptsError::Manifest { owner: owner.to_owned(), message: error.into() })
}

/// The offers of a workspace folder, from the build's output if there is one; `manifest` if it is already known.
fn of_folder(
    root: &Path,
    folder: &ImporterId,
    built: Option<&Pack>,
    manifest: Option<&Value>,
    rules: &CommandRules,
) -> Result<Option<PackageBins>> {
    let place = root.join(folder.as_str());
    let owner = place.display().to_string();
    let prefix = if folder.is_root() { String::new() } else { format!("{folder}/") };
    let built = built.map(|pack| PackFiles { pack, prefix: &prefix });
    let files = Both { first: built, second: FolderFiles(&place) };
    match manifest {
        Some(manifest) => bounded(manifest, &files, &owner, rules).map(Some),
        None => offer(&files, &owner, rules),
    }
}

/// The first `most` bytes; nothing if they cannot be read.
fn start(file: impl Read, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Files of two places; the first wins if both have one.
struct Both<'a> {
    first: Option<PackFiles<'a>>,
    second: FolderFiles<'a>,
}

impl PackageFiles for Both<'_> {
    fn read(&self, path: &str, most: usize) -> Option<(Vec<u8>, bool)> {
        self.first.as_ref().and_then(|files| files.read(path, most)).or_else(|| self.second.read(path, most))
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

/// The files of a folder on disk. Links out of it are not followed.
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

impl PackageFiles for FolderFiles<'_> {
    fn read(&self, path: &str, most: usize) -> Option<(Vec<u8>, bool)> {
        use std::os::unix::fs::PermissionsExt;
        let file = open_file(&self.0.join(path)).ok()?;
        let metadata = file.metadata().ok().filter(|metadata| metadata.len() <= Self::MAX)?;
        let bytes = start(file, most)?;
        Some((bytes, metadata.permissions().mode() & 0o111 == 0o111))
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

/// An archive's files below `prefix`, which is empty or ends with `/`.
struct PackFiles<'a> {
    pack: &'a Pack,
    /// The start of the package in it.
    prefix: &'a str,
}

impl PackageFiles for PackFiles<'_> {
    fn read(&self, path: &str, most: usize) -> Option<(Vec<u8>, bool)> {
        let entry = self.pack.find(&format!("{}{path}", self.prefix))?;
        match entry.kind {
            PackKind::File { executable } => Some((start(self.pack.reader(entry), most)?, executable)),
            PackKind::Symlink { .. } => None,
        }
    }

    fn is_directory(&self, path: &str) -> bool {
        let inside = format!("{}{path}/", self.prefix);
        // Sorted by path, so the first path that is not before `inside` decides.
        let at = self.pack.entries().partition_point(|entry| entry.path.as_str() < inside.as_str());
        self.pack.entries().get(at).is_some_and(|entry| entry.path.starts_with(&inside))
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let separator = if directory.is_empty() { "" } else { "/" };
        let inside = format!("{}{directory}{separator}", self.prefix);
        let files = self.pack.entries().iter().filter(|entry| matches!(entry.kind, PackKind::File { .. }));
        let paths = files.filter(|entry| entry.path.starts_with(&inside));
        paths.filter_map(|entry| entry.path.strip_prefix(self.prefix)).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests;
