//! Writes a tree to disk, for a build step. Images do not need this.
//!
//! In: a [`Tree`] and an empty folder. Out: files there, with the same types, modes and contents as in the image. No
//! file is shared with another place, because scripts may write to all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use fourply_blob::Reason;
use fourply_pnpm::{Node, Slot, Tree, parent};
use fourply_store::{Pack, PackKind, Store};
use rayon::prelude::*;

use crate::beneath::Beneath;
use crate::{Result, ScriptsError};

/// Writes `tree` at `root`; its workspace folders need not exist. The tree's shims must have been generated for `root`,
/// see [`LayoutOptions::root_in_image`](fourply_pnpm::LayoutOptions::root_in_image). Files next to packages are written
/// by [`put_beside`].
///
/// # Errors
/// An archive missing in the store, a path in use, or a file that cannot be created.
pub fn materialise(store: &Store, tree: &Tree, root: &Path) -> Result<()> {
    fs_err::create_dir_all(root)?;
    put_nodes(root, tree.links.iter().map(|(path, node)| (path.as_str(), node)))?;
    // A package is written before the packages inside it.
    let mut levels: BTreeMap<usize, Vec<&Slot>> = BTreeMap::new();
    for slot in &tree.slots {
        levels
            .entry(slot.dir.split('/').filter(|part| *part == "node_modules").count())
            .or_default()
            .push(slot);
    }
    levels
        .into_values()
        .try_for_each(|slots| slots.into_par_iter().try_for_each(|slot| put_slot(store, slot, root)))
}

/// Writes the files that install scripts left next to a package: as separate files in `modules`, its slot's
/// node_modules below `root`. Existing paths, and paths behind a link, stay unchanged.
///
/// # Errors
/// A file that cannot be created.
pub fn put_beside(beside: &Pack, root: &Beneath, modules: &str) -> Result<()> {
    root.make_folder(modules)?;
    for entry in beside.entries() {
        let path = format!("{modules}/{}", entry.path);
        if is_taken(root, &path)? {
            continue;
        }
        let folder = parent(&path);
        if !root.has_folder(folder)? {
            root.make_folder(folder)?;
        }
        match &entry.kind {
            PackKind::Symlink { target } => root.link(&path, target)?,
            PackKind::File { executable } => {
                let failed = |source| ScriptsError::at(format!("cannot read {}", entry.path), source);
                root.write(&path, *executable, &beside.bytes(entry).map_err(failed)?)?;
            }
        }
    }
    Ok(())
}

/// Whether an entry is at a path, or a link above it.
fn is_taken(root: &Beneath, path: &str) -> Result<bool> {
    match root.found(path) {
        Ok(found) => Ok(found.is_some()),
        Err(ScriptsError::Replaced(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

fn put_slot(store: &Store, slot: &Slot, root: &Path) -> Result<()> {
    let package = root.join(&slot.package_dir);
    make_directory(root, &slot.package_dir)?;
    let failed = |source| ScriptsError::at(format!("cannot unfold {}", slot.dep_path), source);
    store.unfold(&slot.pack, &package).map_err(failed)?;
    let changed: Vec<&String> = slot.executables.iter().chain(slot.replaced.keys()).collect();
    if !changed.is_empty() {
        let pack = store.open_pack(&slot.pack).map_err(failed)?;
        changed.into_iter().try_for_each(|path| put_changed(slot, &pack, &package, path))?;
    }
    slot.nested.iter().try_for_each(|nested| remove(&root.join(nested)))?;
    put_nodes(root, slot.nodes.iter().map(|(path, node)| (path.as_str(), node)))
}

/// A file that differs from the archive: a separate copy.
fn put_changed(slot: &Slot, pack: &Pack, package: &Path, path: &str) -> Result<()> {
    let Some(entry) = pack.find(path) else { return Ok(()) };
    let PackKind::File { executable } = entry.kind else { return Ok(()) };
    let failed = |source| ScriptsError::at(format!("cannot read {path} of {}", slot.dep_path), source);
    let bytes = match slot.replaced.get(path) {
        Some(bytes) => Cow::Borrowed(&**bytes),
        None => pack.bytes(entry).map_err(failed)?,
    };
    put_file(&package.join(path), executable || slot.executables.contains(path), &bytes)
}

fn put_nodes<'a>(root: &Path, nodes: impl Iterator<Item = (&'a str, &'a Node)>) -> Result<()> {
    for (path, node) in nodes {
        match node {
            Node::Directory => make_directory(root, path)?,
            Node::Symlink(target) => {
                make_directory(root, parent(path))?;
                let link = root.join(path);
                remove(&link)?;
                symlink(target, &link).map_err(|error| named(&link, error))?;
            }
            Node::File { executable, bytes } => {
                make_directory(root, parent(path))?;
                put_file(&root.join(path), *executable, bytes)?;
            }
        }
    }
    Ok(())
}

fn put_file(path: &Path, executable: bool, bytes: &[u8]) -> Result<()> {
    remove(path)?;
    fs_err::write(path, bytes)?;
    let mode = if executable { 0o755 } else { 0o644 };
    Ok(fs_err::set_permissions(path, Permissions::from_mode(mode))?)
}

/// Creates `path` and its missing parents up to `root`, with mode 0755 whatever the umask.
fn make_directory(root: &Path, path: &str) -> Result<()> {
    let directory = root.join(path);
    if directory.is_dir() {
        return Ok(());
    }
    make_directory(root, parent(path))?;
    match fs_err::create_dir(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    Ok(fs_err::set_permissions(&directory, Permissions::from_mode(0o755))?)
}

/// Removes the file at a link's path, which the package itself or the unpacked copy may have, so that nothing is
/// written through it.
fn remove(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(fs_err::remove_dir_all(path)?),
        Ok(_) => Ok(fs_err::remove_file(path)?),
        Err(_) => Ok(()),
    }
}

fn named(path: &Path, error: std::io::Error) -> std::io::Error {
    let text = format!("cannot make the link {}: {error}", path.display());
    std::io::Error::new(error.kind(), Reason::because(text, error))
}
