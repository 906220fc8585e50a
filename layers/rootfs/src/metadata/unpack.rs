//! Layers → a folder with the tree that a container engine would unpack. In: layers in the store. Out: folders, files
//! and symbolic links of the merged tree, owned by the current user. Layers are untrusted: the merged tree is complete
//! before anything is created, so no file is written through a link, and nothing is outside the folder.
//!
//! Each distinct layer is read once, on all cores. Its files are first written under numbers, and get their names once
//! all layers are merged. They may stay in the store: the next image with the layer links to them.

mod kept;

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use fourply_blob::Digest;
use fourply_store::Store;
use rayon::prelude::*;

use super::budget::ReadBudget;
use super::layer::{self, FileSink, LayerContents};
use super::linked;
use super::read::{LayerDigests, gathered, with_env};
use super::tree::{FileTree, Origin};
use super::{RootfsMetadata, TreeEntry, TreeKind};
use crate::error::{Result, RootfsError};
use crate::tarball::TarEntry;

/// The most files, folders and links of one root file system: far more than any known image.
const MAX_ENTRIES: usize = 2_000_000;

/// The inputs of unpacking.
pub struct Unpack<'a> {
    pub store: &'a Store,
    /// From the lowest to the highest.
    pub layers: &'a [LayerDigests],
    /// The variables of the image, each as `NAME=VALUE`.
    pub env: &'a [String],
    /// An empty folder.
    pub folder: &'a Path,
    /// The most total bytes of all files.
    pub most: u64,
    /// If set, layers stay in the store, unpacked for this user of an image. Their files must not be written to.
    pub kept_for: Option<&'a str>,
}

/// Layers with their files in a folder, still without names. Their content decides the layout.
pub struct Unpacked {
    pub rootfs: RootfsMetadata,
    origins: BTreeMap<String, Origin>,
    folder: PathBuf,
    /// The folder with each layer's files, by layer number.
    layers: Vec<PathBuf>,
    /// The folders belong to the store.
    kept: bool,
}

/// Reads layers and writes their files.
///
/// # Errors
/// As [`RootfsMetadata::read`]; a file that cannot be written; an exceeded limit.
pub fn unpack(request: &Unpack<'_>) -> Result<Unpacked> {
    let numbered = request.folder.join(NUMBERED);
    fs_err::create_dir(&numbered)?;
    let (mut tree, layers) = request.merge(&numbered)?;
    if tree.entries.len() > MAX_ENTRIES {
        return Err(RootfsError::layer("all layers", "", format!("more than {MAX_ENTRIES} entries")));
    }
    let origins = tree.origins.take().unwrap_or_default();
    for path in linked::lost(&tree).collect::<Vec<_>>() {
        let origin = origins.get(&path).and_then(|(layer, file)| Some((layers.get(*layer)?, file)));
        let Some((folder, file)) = origin else { continue };
        let mut content = Vec::new();
        fs_err::File::open(folder.join(file.to_string()))?.take(layer::MAX_TEXT).read_to_end(&mut content)?;
        tree.contents.insert(path, content);
    }
    let rootfs = with_env(gathered(tree), request.env);
    let (folder, kept) = (request.folder.to_owned(), request.kept_for.is_some());
    Ok(Unpacked { rootfs, origins, folder, layers, kept })
}

const NUMBERED: &str = "numbered";

impl Unpack<'_> {
    /// Reads each distinct layer once; its files are then in the folder with its number.
    fn merge(&self, numbered: &Path) -> Result<(FileTree, Vec<PathBuf>)> {
        let different: BTreeMap<Digest, &LayerDigests> =
            self.layers.iter().map(|layer| (layer.digest, layer)).collect();
        let different: Vec<&LayerDigests> = different.into_values().collect();
        let (budget, left) = (ReadBudget::default(), AtomicU64::new(self.most));
        let read = different.par_iter().enumerate().map(|(number, layer)| {
            let read = |folder: &Path, left: &AtomicU64| {
                let folder = folder.to_owned();
                self.read(layer, NumberedFiles { folder, left, buffer: vec![0; 1 << 17] }, &budget)
            };
            let Some(user) = self.kept_for else {
                let folder = numbered.join(number.to_string());
                fs_err::create_dir(&folder)?;
                return Ok((read(&folder, &left)?, folder));
            };
            let (contents, folder) =
                kept::layer(self.store, layer, user, |folder| read(folder, &AtomicU64::new(self.most)))?;
            spend(&left, contents.size())
                .map_err(|error| RootfsError::layer(&layer.digest.to_string(), "", error))?;
            Ok((contents, folder))
        });
        let read: Vec<(LayerContents, PathBuf)> = read.collect::<Result<_>>()?;
        let mut tree = FileTree { origins: Some(BTreeMap::new()), ..FileTree::default() };
        for layer in self.layers {
            let number = different.iter().position(|other| other.digest == layer.digest);
            let Some((number, (contents, _))) = number.and_then(|number| Some((number, read.get(number)?)))
            else {
                continue;
            };
            tree.apply_numbered(contents, number, &layer.digest.to_string(), &budget)?;
        }
        Ok((tree, read.into_iter().map(|(_, folder)| folder).collect()))
    }

    fn read(
        &self,
        layer: &LayerDigests,
        mut files: NumberedFiles<'_>,
        budget: &ReadBudget,
    ) -> Result<LayerContents> {
        let name = layer.digest.to_string();
        let path = self.store.sound_blob(&layer.digest);
        let path = path.ok_or_else(|| RootfsError::layer(&name, "", "it is not in the store"))?;
        let (contents, diff_id) =
            layer::read_into(fs_err::File::open(path)?, &name, budget, Some(&mut files))?;
        match diff_id == layer.diff_id {
            true => Ok(contents),
            false => Err(RootfsError::DiffId { layer: name, expected: layer.diff_id, actual: diff_id }),
        }
    }
}

impl Unpacked {
    /// Gives all files their names below `rootfs` in the folder. `mode` returns the permission bits of a file or
    /// folder; the owner is the current user.
    ///
    /// # Errors
    /// Something cannot be created.
    pub fn lay_out(&self, mode: &dyn Fn(&TreeEntry) -> u32) -> Result<PathBuf> {
        let root = self.folder.join("rootfs");
        fs_err::create_dir(&root)?;
        // Folders first, symbolic links last: nothing is created through a link.
        let folders = || self.rootfs.entries.iter().filter(|(_, entry)| entry.kind == TreeKind::Directory);
        for (path, _) in folders() {
            fs_err::create_dir(root.join(path))?;
        }
        self.files(&root, mode)?;
        self.links(&root)?;
        // The innermost first: a folder may be inaccessible to this user.
        for (path, entry) in folders().rev() {
            fs_err::set_permissions(root.join(path), Permissions::from_mode(mode(entry)))?;
        }
        fs_err::remove_dir_all(self.folder.join(NUMBERED))?;
        Ok(root)
    }

    fn files(&self, root: &Path, mode: &dyn Fn(&TreeEntry) -> u32) -> Result<()> {
        let mut placed: BTreeMap<Origin, PathBuf> = BTreeMap::new();
        for (path, origin) in &self.origins {
            let Some(entry) = self.rootfs.entries.get(path) else { continue };
            let to = root.join(path);
            match placed.get(origin) {
                Some(first) => fs_err::hard_link(first, &to)?,
                None => {
                    let Some(layer) = self.layers.get(origin.0) else { continue };
                    self.file(&layer.join(origin.1.to_string()), &to, mode(entry))?;
                    placed.insert(*origin, to);
                }
            }
        }
        Ok(())
    }

    fn file(&self, from: &Path, to: &Path, mode: u32) -> Result<()> {
        if !self.kept {
            fs_err::rename(from, to)?;
            return Ok(fs_err::set_permissions(to, Permissions::from_mode(mode))?);
        }
        let found = fs_err::metadata(from)?;
        match found.mode() & 0o7777 {
            WRITTEN => fs_err::set_permissions(from, Permissions::from_mode(mode))?,
            known if known == mode => {}
            // Another image's accounts give the same user different rights.
            _ => {
                fs_err::copy(from, to)?;
                fs_err::OpenOptions::new()
                    .append(true)
                    .open(to)?
                    .into_parts()
                    .0
                    .set_modified(found.modified()?)?;
                return Ok(fs_err::set_permissions(to, Permissions::from_mode(mode))?);
            }
        }
        Ok(fs_err::hard_link(from, to)?)
    }

    fn links(&self, root: &Path) -> Result<()> {
        for (path, entry) in &self.rootfs.entries {
            let TreeKind::Symlink(target) = &entry.kind else { continue };
            // The merged tree has nothing below a link; otherwise this would write through it.
            let parent = path.rsplit_once('/').and_then(|(parent, _)| self.rootfs.entries.get(parent));
            if parent.is_some_and(|parent| parent.kind != TreeKind::Directory) {
                return Err(RootfsError::layer("all layers", path, "it is not in a folder"));
            }
            symlink(target, root.join(path))?;
        }
        Ok(())
    }
}

/// The mode of a new file, before [`Unpacked::lay_out`] sets its real one. No user's rights equal it.
const WRITTEN: u32 = 0o600;

fn spend(left: &AtomicU64, bytes: u64) -> std::io::Result<()> {
    let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
    let too_large = |_| std::io::Error::other("the image's files exceed the limit for unpacking");
    spent.map(drop).map_err(too_large)
}

/// Writes files under their numbers.
struct NumberedFiles<'a> {
    folder: PathBuf,
    left: &'a AtomicU64,
    buffer: Vec<u8>,
}

impl FileSink for NumberedFiles<'_> {
    fn file(&mut self, number: usize, entry: &TarEntry, content: &mut dyn Read) -> std::io::Result<()> {
        spend(self.left, entry.size)?;
        let path = self.folder.join(number.to_string());
        let mut file = File::options().write(true).create_new(true).mode(WRITTEN).open(path)?;
        loop {
            match content.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => file.write_all(self.buffer.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // A time that the file system cannot store is ignored.
        let time = u64::try_from(entry.mtime).ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        let _ = time.map(|time| file.set_modified(time));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
