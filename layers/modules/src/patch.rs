//! `patchedDependencies`: from a package's archive and its patch to the archive of the patched package.
//!
//! In: a closure, its archives, the workspace's patch files. Out: derived archives, cached in the store by archive and
//! patch, so that a patch is applied once. A patch must have the lockfile's hash. It is applied as pnpm's patch-package
//! does: every context line must match, at most 20 lines away. A patch cannot name files outside its package.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Cause, Inputs as _, Key};
use fourply_pnpm::{
    Closure, DepPath, ImporterId, LayoutError, Node, PackageContents, PatchFile, Tree, Workspace,
    patch_files, patch_hash,
};
use fourply_store::{InputKind, Pack, PackBuilder, PackKind, Store, StoreError};

use crate::ModulesError;

/// The largest patch in bytes.
const MAX_PATCH: u64 = 64 << 20;

/// Replaces the archives of patched packages in `contents`, and returns the unpatched ones.
///
/// # Errors
/// [`ModulesError::PatchPath`], [`ModulesError::PatchHash`], [`ModulesError::Patch`]; a patch file that cannot be read;
/// errors of the store.
pub fn apply_patches(
    store: &Store,
    ws: &Workspace,
    closure: &Closure,
    contents: &mut PackageContents,
) -> Result<PackageContents, ModulesError> {
    let mut unpatched = PackageContents::default();
    let mut patches: BTreeMap<&str, Patch> = BTreeMap::new();
    for dep_path in closure.packages.keys() {
        let Some(hash) = dep_path.patch_hash() else { continue };
        let missing = || LayoutError::NoContent { dep_path: dep_path.to_string() };
        let pack = *contents.0.get(dep_path).ok_or_else(missing)?;
        if !patches.contains_key(hash) {
            patches.insert(hash, read(ws, dep_path, hash)?);
        }
        if let Some(patch) = patches.get(hash) {
            contents.0.insert(dep_path.clone(), patched(store, dep_path, &pack, patch)?);
            unpatched.0.insert(dep_path.clone(), pack);
        }
    }
    Ok(unpatched)
}

struct Patch {
    path: String,
    text: String,
}

/// Reads and verifies the patch whose hash a dep path contains.
fn read(ws: &Workspace, dep_path: &DepPath, hash: &str) -> Result<Patch, ModulesError> {
    let of_package = |key: &str| {
        key == dep_path.name() || key.strip_prefix(dep_path.name()).is_some_and(|rest| rest.starts_with('@'))
    };
    let entry =
        ws.lockfile.patched_dependencies.iter().find(|(key, entry)| entry.hash == hash && of_package(key));
    let (key, entry) = entry.ok_or_else(|| ModulesError::PatchPath { key: dep_path.to_string() })?;
    let path = entry.path.as_ref().or_else(|| ws.settings.resolution.patched_dependencies.get(key));
    let path = path
        .and_then(|path| ImporterId::new(path))
        .ok_or_else(|| ModulesError::PatchPath { key: key.clone() })?;
    let file = ws.root.join(path.as_str());
    if fs_err::metadata(&file)?.len() > MAX_PATCH {
        return Err(ModulesError::Patch {
            path: path.to_string(),
            dep_path: dep_path.to_string(),
            reason: "it is too large".into(),
        });
    }
    let bytes = fourply_store::read_file(&file, InputKind::Patch)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let found = patch_hash(&text, hash.len());
    if found != hash {
        return Err(ModulesError::PatchHash { path: path.to_string(), expected: hash.to_owned(), found });
    }
    Ok(Patch { path: path.to_string(), text })
}

fourply_blob::inputs! {
    /// A package after one patch.
    struct PatchedInputs<'a>: "patched package", rules 2 {
        pack: &'a Key,
        patch: &'a str,
    }
}

fn patched(store: &Store, dep_path: &DepPath, pack: &Key, patch: &Patch) -> Result<Key, ModulesError> {
    let failed = |source| ModulesError::at(format!("cannot patch {dep_path}"), source);
    let key = PatchedInputs { pack, patch: &patch.text }.key();
    if let Some(known) = store.derived_pack(&key).map_err(failed)? {
        return Ok(known);
    }
    let refuse = |reason: Cause| ModulesError::Patch {
        path: patch.path.clone(),
        dep_path: dep_path.to_string(),
        reason,
    };
    let mut files = files(&*store.open_pack(pack).map_err(failed)?).map_err(failed)?;
    patch_files(&patch.text, &mut files).map_err(|reason| refuse(reason.into()))?;
    let mut builder = PackBuilder::new();
    for (path, file) in files {
        match file {
            PatchFile::Regular { executable, bytes } => builder.add_file(&path, executable, bytes),
            PatchFile::Symlink { target } => builder.add_symlink(&path, &target),
        }
        .map_err(failed)?;
    }
    let id = builder.finish(store).map_err(failed)?.id();
    store.record_derived(&key, &id).map_err(failed)?;
    Ok(id)
}

fn files(pack: &Pack) -> Result<BTreeMap<String, PatchFile>, StoreError> {
    let mut files = BTreeMap::new();
    for entry in pack.entries() {
        let file = match &entry.kind {
            PackKind::File { executable } => {
                PatchFile::Regular { executable: *executable, bytes: pack.bytes(entry)?.into_owned() }
            }
            PackKind::Symlink { target } => PatchFile::Symlink { target: target.clone() },
        };
        files.insert(entry.path.clone(), file);
    }
    Ok(files)
}

/// Adds to the slots of patched packages the folders whose last file a patch deletes: they stay, but are empty.
///
/// # Errors
/// Errors of the store.
pub(crate) fn keep_emptied_folders(
    store: &Store,
    unpatched: &PackageContents,
    contents: &PackageContents,
    tree: &mut Tree,
) -> Result<(), StoreError> {
    for (dep_path, before) in &unpatched.0 {
        let Some(after) = contents.0.get(dep_path) else { continue };
        let mut emptied = folders(&*store.open_pack(before)?);
        let stay = folders(&*store.open_pack(after)?);
        emptied.retain(|folder| !stay.contains(folder));
        for slot in tree.slots.iter_mut().filter(|slot| slot.dep_path == *dep_path) {
            for folder in &emptied {
                slot.nodes.entry(format!("{}/{folder}", slot.package_dir)).or_insert(Node::Directory);
            }
        }
    }
    Ok(())
}

/// All folders of a pack.
fn folders(pack: &Pack) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for entry in pack.entries() {
        let mut path = entry.path.as_str();
        while let Some((folder, _)) = path.rsplit_once('/') {
            folders.insert(folder.to_owned());
            path = folder;
        }
    }
    folders
}

#[cfg(test)]
mod tests;
