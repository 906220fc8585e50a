//! Layers in the store → files on disk, for programs that run in them. Comes in: layers, an empty folder. Goes out: the merged tree in that
//! folder.
//!
//! Nothing of a layer can leave the folder: files are written to real paths, which have no link among their parents, and links are made
//! when all else is there. What only a running system needs is left out: devices, owners, set-id bits, extended attributes.

use std::collections::BTreeMap;
use std::fs::{FileTimes, Permissions};
use std::io::{self, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fourply_store::Store;
use rayon::prelude::*;

use crate::error::{Result, RootfsError};
use crate::metadata::layer::LayerContents;
use crate::metadata::read::{LayerDigests, merged};
use crate::metadata::tree::{FileSource, FileTree};
use crate::metadata::{TreeEntry, TreeKind};
use crate::stream::plain;
use crate::tarball::{Sequential, TarReader};

/// The most bytes that the files of one tree may have.
const MAX_BYTES: u64 = 64 << 30;

/// Writes the merged tree of these layers, from the lowest to the topmost, into the empty folder `dest`.
///
/// # Errors
/// As [`crate::RootfsMetadata::read`]; a file that cannot be written; files that are too large together.
pub fn unpack(store: &Store, layers: &[LayerDigests], dest: &Path) -> Result<()> {
    let tree = merged(store, layers)?;
    let files = paths_by_source(&tree);
    within_bounds(&tree, &files)?;
    let folders = tree.entries.iter().filter(|(_, entry)| entry.kind == TreeKind::Directory);
    folders.clone().try_for_each(|(path, _)| fs_err::create_dir(dest.join(path)))?;
    let work = Unpacking { store, tree: &tree, files: &files, dest };
    layers.par_iter().enumerate().try_for_each(|(number, layer)| work.layer(number, layer))?;
    for (path, entry) in &tree.entries {
        if let TreeKind::Symlink(target) = &entry.kind {
            symlink(target, dest.join(path)).map_err(|error| named(&dest.join(path), error))?;
        }
    }
    // What lies in a folder changes its time: the inner ones first.
    folders.rev().try_for_each(|(path, entry)| finish(&dest.join(path), 0o700, entry))
}

/// All names of each file, the first of which gets the bytes.
fn paths_by_source(tree: &FileTree) -> BTreeMap<FileSource, Vec<&str>> {
    let mut files: BTreeMap<FileSource, Vec<&str>> = BTreeMap::new();
    for (path, source) in &tree.sources {
        files.entry(*source).or_default().push(path);
    }
    files
}

fn within_bounds(tree: &FileTree, files: &BTreeMap<FileSource, Vec<&str>>) -> Result<()> {
    let size = |paths: &Vec<&str>| match paths.first().and_then(|path| tree.entries.get(*path)) {
        Some(TreeEntry { kind: TreeKind::File(size), .. }) => *size,
        _ => 0,
    };
    let sum = files.values().fold(0, |sum: u64, paths| sum.saturating_add(size(paths)));
    match sum > MAX_BYTES {
        true => Err(RootfsError::layer("", "", format!("its files have {sum} bytes, more than {MAX_BYTES}"))),
        false => Ok(()),
    }
}

struct Unpacking<'a> {
    store: &'a Store,
    tree: &'a FileTree,
    files: &'a BTreeMap<FileSource, Vec<&'a str>>,
    dest: &'a Path,
}

impl Unpacking<'_> {
    /// Writes the files whose bytes are in one layer.
    fn layer(&self, number: usize, layer: &LayerDigests) -> Result<()> {
        if self.files.range((number, 0)..(number + 1, 0)).next().is_none() {
            return Ok(());
        }
        let name = layer.digest.to_string();
        let gone = || RootfsError::layer(&name, "", "it is not in the store");
        let file = fs_err::File::open(self.store.blob_path(&layer.digest).ok_or_else(gone)?)?;
        let (_, stream) = plain(BufReader::with_capacity(1 << 16, file))
            .map_err(|error| RootfsError::layer(&name, "", error))?;
        let mut tar = TarReader::new(Sequential(stream), &name);
        let mut at = 0;
        while let Some(entry) = tar.next()? {
            if !LayerContents::adds(&entry.path) {
                continue;
            }
            if let Some([first, others @ ..]) = self.files.get(&(number, at)).map(Vec::as_slice) {
                self.file(first, &mut tar.body())?;
                others.iter().try_for_each(|other| self.link(first, other))?;
            }
            at += 1;
        }
        Ok(())
    }

    fn file(&self, path: &str, body: &mut dyn io::Read) -> Result<()> {
        let full = self.dest.join(path);
        let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(&full)?;
        io::copy(body, &mut file).map_err(|error| named(&full, error))?;
        let Some(entry) = self.tree.entries.get(path) else { return Ok(()) };
        finish(&full, 0o400, entry)
    }

    fn link(&self, first: &str, other: &str) -> Result<()> {
        Ok(fs_err::hard_link(self.dest.join(first), self.dest.join(other))?)
    }
}

/// Gives a file or folder its mode, which lets its owner read it, and its time.
fn finish(path: &Path, least: u32, entry: &TreeEntry) -> Result<()> {
    let time = time(entry.mtime);
    let file = fs_err::File::open(path)?.into_parts().0;
    file.set_times(FileTimes::new().set_accessed(time).set_modified(time))
        .map_err(|error| named(path, error))?;
    Ok(fs_err::set_permissions(path, Permissions::from_mode(entry.mode & 0o777 | least))?)
}

fn time(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

fn named(path: &Path, error: io::Error) -> RootfsError {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}

#[cfg(test)]
mod tests;
