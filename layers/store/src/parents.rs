//! Parents of a store: other stores, which are only read. In: a kind and a name that this store lacks. Out: a verified
//! copy of a parent's file in this store. Later changes to the parent cannot affect it. Folders are not copied, because
//! they are built from files.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::bounded::most_bytes;
use crate::sound::is_sound;
use crate::store::{BLOBS, VERSION};
use crate::{RecordKind, Result, Store, StoreError};
use fourply_input::open_file;

impl Store {
    /// This store, with parents to read from if it lacks something. The first parent that has it wins. Parents' records
    /// are trusted like this store's own.
    ///
    /// # Errors
    /// If a folder is not a store of this version, or is this store itself.
    pub fn reading_from(mut self, folders: &[PathBuf]) -> Result<Store> {
        let mut parents = Vec::new();
        for folder in folders {
            let wrong = |reason: &str| StoreError::Parent { path: folder.clone(), reason: reason.to_owned() };
            let root = folder.join(VERSION);
            let root = match root.canonicalize() {
                Ok(root) if root.is_dir() => root,
                Ok(_) => return Err(wrong("it is not a folder")),
                Err(_) if !folder.is_dir() => return Err(wrong("there is no such folder")),
                Err(_) => return Err(wrong("it is not a store of this version: it has no folder v2")),
            };
            if root == self.root() {
                return Err(wrong("it is the store itself"));
            }
            parents.push(root);
        }
        self.parents = parents.into();
        Ok(self)
    }

    /// The path that a file has or will have, as in [`Store::sharded`]. If a parent has the file, it is copied first.
    pub(crate) fn find(&self, kind: &str, hex: &str) -> PathBuf {
        let path = self.sharded(kind, hex);
        if !self.parents.is_empty() && travels(kind) && std::fs::symlink_metadata(&path).is_err() {
            self.take_from_parents(kind, &path);
        }
        path
    }

    /// A parent that cannot be read is ignored: its content is built or fetched.
    fn take_from_parents(&self, kind: &str, path: &Path) {
        let Ok(relative) = path.strip_prefix(self.root()) else { return };
        for parent in &*self.parents {
            let from = parent.join(relative);
            if std::fs::symlink_metadata(&from).is_err() {
                continue;
            }
            match self.take(kind, &from, path) {
                Ok(true) => return,
                Ok(false) => self.damage_list().note_in_parent(kind, &from),
                Err(_) => {}
            }
        }
    }

    /// Copies a parent's file into this store. Returns whether it was valid. The copy is verified, not the parent's
    /// file.
    fn take(&self, kind: &str, from: &Path, path: &Path) -> Result<bool> {
        let Ok(source) = open_file(from) else { return Ok(false) };
        let size = source.metadata().map_err(StoreError::Io)?.len();
        if size > most_bytes(kind) {
            return Ok(false);
        }
        let made = tempfile::TempDir::new_in(self.tmp())?;
        let copy = made.path().join(path.file_name().unwrap_or_default());
        let mut file = fs_err::File::create_new(&copy)?;
        io::copy(&mut source.take(most_bytes(kind)), file.file_mut())?;
        if kind == BLOBS {
            // Layouts take over the modes of blobs.
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            file.file().set_permissions(mode)?;
        }
        if !is_sound(kind, &copy) {
            return Ok(false);
        }
        self.place(&copy, path)?;
        Ok(true)
    }
}

/// Whether files of this kind are valid in every store. Folder stamps are not: they hold inodes and times of one store.
fn travels(kind: &str) -> bool {
    kind.strip_prefix("records/").is_none_or(|kind| kind != RecordKind::FolderStamps.folder())
}

#[cfg(test)]
mod tests;
