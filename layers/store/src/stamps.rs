//! Whether a folder of the store still holds what was put there. In: a folder. Out: yes, or no and it is gone. What is in its files is not read: the
//! kernel's own time of the last change, which no program can set, tells that nobody wrote to them. A store that was copied has other
//! times, so its folders are made again; and so they are after a restart of the machine (`boot.rs`). What was added to a folder is not looked at.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::boot::boot_id;
use crate::damages::remove_anything;
use crate::{Result, Store, StoreError};

/// What an entry was: kind and mode, size, inode, and the times of modification and, unless they are to be touched, of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryStamp(u32, u64, u64, [i64; 2], Option<[i64; 2]>);

/// Which changes of files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Every one.
    Everything,
    /// Not that a file gets other names or another mode.
    Contents,
}

crate::record! {
    /// What a folder held when it was made, by its path in the store.
    struct StampsOf<'a> in FolderStamps, rules 2 => BTreeMap<String, EntryStamp> {
        folder: &'a str,
        boot: &'a str,
    }
}

impl Store {
    /// Has a folder of the store with what `make` puts into an empty one, unless it is there with all that it held when it was made. One process
    /// at a time looks or makes.
    ///
    /// # Errors
    /// Those of `make`; a folder that cannot be written.
    pub fn kept_folder<E: From<StoreError>>(
        &self,
        folder: &Path,
        watch: Watch,
        make: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        self.kept_folder_if(folder, watch, || true, make)
    }

    /// As [`Store::kept_folder`]; the folder is made again where it does not count. Both are asked while no other process looks or makes.
    ///
    /// # Errors
    /// As there.
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

    /// Whether a folder is there with all that it held when it was made, which counts as a use; one that is not so is gone then.
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
            // Nobody knows what it held: it was not finished, the note went, or the machine was restarted.
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

/// Whether a folder is a copy of what was made, as in a store that was copied: all files have their sizes, and none is as it was. A copy may have the
/// inodes by chance; a single file with its inode was written to.
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
