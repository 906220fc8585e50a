//! Verifies that a folder of the store is unchanged. In: a folder. Out: whether it is; a changed folder is removed.
//! File contents are not read: the kernel's change time, which no program can set, shows that nobody wrote to them. A
//! copied store has other times, so its folders are built again. The same happens after a restart of the host
//! (`boot.rs`). Additions to a folder are not detected.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::boot::boot_id;
use crate::damages::remove_anything;
use crate::{Result, Store, StoreError};

/// An entry's state: kind and mode, size, inode, modification time and, if [`Watch`] needs it, change time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryStamp(u32, u64, u64, [i64; 2], Option<[i64; 2]>);

/// The changes of files that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Every one.
    Everything,
    /// All except new names and other modes of a file.
    Contents,
}

crate::record! {
    /// A folder's content when it was created, by its path in the store.
    struct StampsOf<'a> in FolderStamps, rules 2 => BTreeMap<String, EntryStamp> {
        folder: &'a str,
        boot: &'a str,
    }
}

impl Store {
    /// Returns a folder of the store, filled by `make`. An existing folder is reused if it still has all of its
    /// content. Only one process at a time checks or creates it.
    ///
    /// # Errors
    /// Those of `make`, or if a folder cannot be written.
    pub fn kept_folder<E: From<StoreError>>(
        &self,
        folder: &Path,
        watch: Watch,
        make: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.kept_folder_if(folder, watch, || true, make)
    }

    /// [`Store::kept_folder`] with a condition: the folder is created again if the condition fails. The condition is
    /// checked under the same lock.
    ///
    /// # Errors
    /// Those of [`Store::kept_folder`].
    pub fn kept_folder_if<E: From<StoreError>>(
        &self,
        folder: &Path,
        watch: Watch,
        counts: impl FnOnce() -> bool,
        make: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let _lock = self.lock(&format!("folder {}", self.name_of(folder)))?;
        if counts() && self.has_folder(folder, watch) {
            return Ok(());
        }
        let made = tempfile::TempDir::new_in(self.tmp()).map_err(StoreError::from)?;
        let files = made.path().join("files");
        fs_err::create_dir(&files).map_err(StoreError::from)?;
        make(&files)?;
        self.place_folder(&files, folder, watch)?;
        Ok(())
    }

    fn place_folder(&self, made: &Path, folder: &Path, watch: Watch) -> Result<()> {
        self.make_way(folder);
        if let Some(above) = folder.parent() {
            fs_err::create_dir_all(above)?;
        }
        fs_err::rename(made, folder)?;
        let mut stamps = BTreeMap::new();
        look(folder, "", watch, &mut stamps)?;
        self.put(&StampsOf { folder: &self.name_of(folder), boot: boot_id() }, &stamps)
    }

    /// Whether a folder still has all of its original content. This counts as a use. A changed folder is removed.
    pub(crate) fn has_folder(&self, folder: &Path, watch: Watch) -> bool {
        self.has_folder_of(boot_id(), folder, watch)
    }

    fn has_folder_of(&self, boot: &str, folder: &Path, watch: Watch) -> bool {
        self.mark_used(folder);
        self.note_folder(folder);
        if std::fs::symlink_metadata(folder).is_err() {
            return false;
        }
        let Some(known) = self.get(&StampsOf { folder: &self.name_of(folder), boot }) else {
            // The original content is unknown: the folder is unfinished, the record was removed, or the host was
            // restarted.
            let _ = remove_anything(folder);
            return false;
        };
        let mut found = BTreeMap::new();
        let looked = look(folder, "", watch, &mut found).is_ok();
        let whole = looked && known.iter().all(|(path, stamp)| found.get(path) == Some(stamp));
        if !whole && looked && is_copy(&known, &found) {
            let _ = remove_anything(folder);
        } else if !whole {
            self.damaged(kind_of(&self.name_of(folder)), folder);
        }
        whole
    }

    fn name_of(&self, folder: &Path) -> String {
        folder.strip_prefix(self.root()).unwrap_or(folder).to_string_lossy().into_owned()
    }
}

/// Whether a folder is a copy of the original, as in a copied store: all files have their sizes, and none has its
/// original state. A copy may have some inodes by chance; a single file with its original inode was written to.
fn is_copy(known: &BTreeMap<String, EntryStamp>, found: &BTreeMap<String, EntryStamp>) -> bool {
    let copied = |(path, stamp): (&String, &EntryStamp)| {
        let EntryStamp(_, size, inode, ..) = stamp;
        let of_copy =
            |now: &EntryStamp| now.1 == *size && now != stamp && (known.len() > 1 || now.2 != *inode);
        found.get(path).is_some_and(of_copy)
    };
    !known.is_empty() && known.iter().all(copied)
}

/// `build/tools` of `build/tools/NAME`.
fn kind_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(kind, _)| kind)
}

fn look(
    folder: &Path,
    path: &str,
    watch: Watch,
    stamps: &mut BTreeMap<String, EntryStamp>,
) -> std::io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        let found = entry.metadata()?;
        if found.is_dir() {
            look(&entry.path(), &path, watch, stamps)?;
        } else {
            stamps.insert(path, stamp(&found, watch));
        }
    }
    Ok(())
}

fn stamp(found: &Metadata, watch: Watch) -> EntryStamp {
    let (mode, changed) = match watch {
        Watch::Everything => (found.mode(), Some([found.ctime(), found.ctime_nsec()])),
        Watch::Contents => (found.mode() & !0o7777, None),
    };
    EntryStamp(mode, found.size(), found.ino(), [found.mtime(), found.mtime_nsec()], changed)
}

#[cfg(test)]
mod tests;
