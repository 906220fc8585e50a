//! Layers → a folder that holds what a container engine would unpack. Comes in: layers in the store. Goes out: folders, files and symbolic links of the merged
//! tree, owned by whoever runs this. Layers come from strangers: the merged tree is known before anything of it is made, so that no file is
//! written through a link, and nothing lies outside of the folder.
//!
//! Each different layer is read once, on all cores: its files are written under numbers, and get their names once all layers are merged.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use fourply_blob::Digest;
use fourply_store::Store;
use rayon::prelude::*;

use super::budget::ReadBudget;
use super::layer::{self, FileSink, LayerContents};
use super::read::{LayerDigests, gathered, with_env};
use super::tree::{FileTree, Origin};
use super::{RootfsMetadata, TreeEntry, TreeKind};
use crate::error::{Result, RootfsError};
use crate::tarball::TarEntry;

/// The most files, folders and links of one root file system: far more than any image that was seen.
const MAX_ENTRIES: usize = 2_000_000;

/// What is to be unpacked.
pub struct Unpack<'a> {
    pub store: &'a Store,
    /// From the lowest to the topmost.
    pub layers: &'a [LayerDigests],
    /// The variables of the image, each as `NAME=VALUE`.
    pub env: &'a [String],
    /// An empty folder.
    pub folder: &'a Path,
    /// The most bytes that all files together may have.
    pub most: u64,
}

/// Layers whose files lie in a folder, without their names yet: what they hold decides how they are laid out.
pub struct Unpacked {
    pub rootfs: RootfsMetadata,
    origins: BTreeMap<String, Origin>,
    folder: PathBuf,
}

/// Reads layers, and writes their files.
///
/// # Errors
/// As [`RootfsMetadata::read`]; where a file cannot be written, or there is more than the bounds allow.
pub fn unpack(request: &Unpack<'_>) -> Result<Unpacked> {
    let numbered = request.folder.join(NUMBERED);
    fs_err::create_dir(&numbered)?;
    let mut tree = request.merge(&numbered)?;
    if tree.entries.len() > MAX_ENTRIES {
        return Err(RootfsError::layer("all layers", "", format!("more than {MAX_ENTRIES} entries")));
    }
    let origins = tree.origins.take().unwrap_or_default();
    let rootfs = with_env(gathered(tree), request.env);
    Ok(Unpacked { rootfs, origins, folder: request.folder.to_owned() })
}

const NUMBERED: &str = "numbered";

impl Unpack<'_> {
    /// Reads each different layer once; its files lie in the folder of its number then.
    fn merge(&self, numbered: &Path) -> Result<FileTree> {
        let different: BTreeMap<Digest, &LayerDigests> =
            self.layers.iter().map(|layer| (layer.digest, layer)).collect();
        let different: Vec<&LayerDigests> = different.into_values().collect();
        let (budget, left) = (ReadBudget::default(), AtomicU64::new(self.most));
        let read = different.par_iter().enumerate().map(|(number, layer)| {
            let folder = numbered.join(number.to_string());
            fs_err::create_dir(&folder)?;
            self.read(layer, NumberedFiles { folder, left: &left, buffer: vec![0; 1 << 17] }, &budget)
        });
        let read: Vec<LayerContents> = read.collect::<Result<_>>()?;
        let mut tree = FileTree { origins: Some(BTreeMap::new()), ..FileTree::default() };
        for layer in self.layers {
            let number = different.iter().position(|other| other.digest == layer.digest);
            let Some((number, contents)) = number.and_then(|number| Some((number, read.get(number)?))) else {
                continue;
            };
            tree.apply_numbered(contents, number, &layer.digest.to_string(), &budget)?;
        }
        Ok(tree)
    }

    fn read(
        &self,
        layer: &LayerDigests,
        mut files: NumberedFiles<'_>,
        budget: &ReadBudget,
    ) -> Result<LayerContents> {
        let name = layer.digest.to_string();
        let path = self.store.blob_path(&layer.digest);
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
    /// Gives all files their names below `rootfs` of the folder. `mode` gives the permission bits of a file or folder; its owner is whoever runs this.
    ///
    /// # Errors
    /// Where something cannot be made.
    pub fn lay_out(&self, mode: &dyn Fn(&TreeEntry) -> u32) -> Result<PathBuf> {
        let root = self.folder.join("rootfs");
        fs_err::create_dir(&root)?;
        // Folders first, symbolic links last: nothing is made through one.
        let folders = || self.rootfs.entries.iter().filter(|(_, entry)| entry.kind == TreeKind::Directory);
        for (path, _) in folders() {
            fs_err::create_dir(root.join(path))?;
        }
        self.files(&root, mode)?;
        self.links(&root)?;
        // The innermost first: a folder may be closed to this user.
        for (path, entry) in folders().rev() {
            fs_err::set_permissions(root.join(path), Permissions::from_mode(mode(entry)))?;
        }
        fs_err::remove_dir_all(self.folder.join(NUMBERED))?;
        Ok(root)
    }

    fn files(&self, root: &Path, mode: &dyn Fn(&TreeEntry) -> u32) -> Result<()> {
        let numbered = self.folder.join(NUMBERED);
        let mut placed: BTreeMap<Origin, PathBuf> = BTreeMap::new();
        for (path, origin) in &self.origins {
            let Some(entry) = self.rootfs.entries.get(path) else { continue };
            let to = root.join(path);
            match placed.get(origin) {
                Some(first) => fs_err::hard_link(first, &to)?,
                None => {
                    fs_err::rename(numbered.join(origin.0.to_string()).join(origin.1.to_string()), &to)?;
                    fs_err::set_permissions(&to, Permissions::from_mode(mode(entry)))?;
                    placed.insert(*origin, to);
                }
            }
        }
        Ok(())
    }

    fn links(&self, root: &Path) -> Result<()> {
        for (path, entry) in &self.rootfs.entries {
            let TreeKind::Symlink(target) = &entry.kind else { continue };
            // The merged tree has nothing below a link; if it had, this would be written through it.
            let parent = path.rsplit_once('/').and_then(|(parent, _)| self.rootfs.entries.get(parent));
            if parent.is_some_and(|parent| parent.kind != TreeKind::Directory) {
                return Err(RootfsError::layer("all layers", path, "it lies in no folder"));
            }
            symlink(target, root.join(path))?;
        }
        Ok(())
    }
}

/// Writes files under their numbers.
struct NumberedFiles<'a> {
    folder: PathBuf,
    left: &'a AtomicU64,
    buffer: Vec<u8>,
}

impl FileSink for NumberedFiles<'_> {
    fn file(&mut self, number: usize, entry: &TarEntry, content: &mut dyn Read) -> std::io::Result<()> {
        let spend = |left: u64| left.checked_sub(entry.size);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend).is_err() {
            return Err(std::io::Error::other("the image's files are larger than what is unpacked of one"));
        }
        let path = self.folder.join(number.to_string());
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        loop {
            match content.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => file.write_all(self.buffer.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // A time that the file system cannot keep decides nothing.
        let time = u64::try_from(entry.mtime).ok().map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        let _ = time.map(|time| file.set_modified(time));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
