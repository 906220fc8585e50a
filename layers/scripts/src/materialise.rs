//! A tree on disk, for a build step: an image is made without it.
//!
//! In: a [`Tree`] and an empty folder. Out: files there, with the same types, modes and contents as in the image. No file is
//! shared with another place: scripts may write to all of them.

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

/// Puts `tree` at `root`, whose workspace folders need not be there. The shims of the tree must have been made for `root`, see
/// [`LayoutOptions::root_in_image`](fourply_pnpm::LayoutOptions::root_in_image). What lies beside packages
/// is not put: that is for [`put_beside`].
///
/// # Errors
/// Where the store lacks a pack, a path is taken, or a file cannot be made.
pub fn materialise(store: &Store, tree: &Tree, root: &Path) -> Result<()> {
    fs_err::create_dir_all(root)?;
    put_nodes(root, tree.links.iter().map(|(path, node)| (path.as_str(), node)))?;
    // A package is there before those that lie in it.
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

/// Puts what install scripts left beside a package: files of their own in `modules`, its slot's node_modules below `root`. A place that is
/// taken, or lies behind a link, is left as it is.
///
/// # Errors
/// Where a file cannot be made.
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

/// Whether something lies at a path, or a link above it.
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

/// A file that is not as the pack has it: a copy of its own.
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

/// Makes `path` and all that is missing above it up to `root`, 0755 whatever the umask.
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

/// A file that a link of the package's own, or of the unfolded copy, stands for is taken away, not written through.
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
