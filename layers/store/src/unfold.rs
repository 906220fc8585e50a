//! A pack as files on disk, only for a build step: an image is made from packs.
//!
//! Where the file system has clones, the files are made once in `unfolded/` and cloned into each place that needs them. Elsewhere each
//! place gets copies. No file is linked: a script that writes into one reaches no other build.

use std::collections::BTreeSet;
use std::fs::{Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use fourply_blob::{Key, MTIME};
use tempfile::NamedTempFile;

use crate::pack::IndexEntry;
use crate::{Pack, PackKind, Result, Store, StoreError};

impl Store {
    /// Puts the files of a pack at `dest`, which is made: 0755 for folders and executables, 0644 for the rest, whatever the umask.
    ///
    /// # Errors
    /// Where the pack is absent or damaged, or a file cannot be made.
    pub fn unfold(&self, id: &Key, dest: &Path) -> Result<()> {
        make_folder(dest)?;
        if !self.clones_into(dest)? {
            return write_files(&*self.open_pack(id)?, dest);
        }
        let mut copy = Copy { store: self, id, folder: self.unfolded(id)?, pack: None };
        let mut made = BTreeSet::new();
        for entry in self.pack_index(id)? {
            make_parents(dest, &entry.0, &mut made)?;
            copy.place(&entry, &dest.join(&entry.0))?;
        }
        Ok(())
    }

    /// Whether a file of the store can be cloned into a folder.
    fn clones_into(&self, folder: &Path) -> Result<bool> {
        let file = NamedTempFile::new_in(self.tmp())?;
        let target = tempfile::Builder::new().prefix(".clone").tempfile_in(folder)?;
        Ok(rustix::fs::ioctl_ficlone(target.as_file(), file.as_file()).is_ok())
    }

    /// The unfolded copy of a pack, made if need be.
    ///
    /// # Errors
    /// Where the pack is absent or damaged, or a file cannot be made.
    pub fn unfolded(&self, id: &Key) -> Result<PathBuf> {
        let folder = self.root().join("unfolded").join(id.hex());
        if folder.is_dir() {
            self.mark_used(&folder);
            return Ok(folder);
        }
        let pack = self.open_pack(id)?;
        let tmp = tempfile::TempDir::new_in(self.tmp())?;
        write_files(&pack, tmp.path())?;
        fs_err::set_permissions(tmp.path(), Permissions::from_mode(0o755))?;
        fs_err::create_dir_all(self.root().join("unfolded"))?;
        match fs_err::rename(tmp.path(), &folder) {
            Ok(()) => drop(tmp.keep()),
            // Another process was faster: its copy is as good.
            Err(_) if folder.is_dir() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(folder)
    }
}

/// The unfolded copy of a pack on its way to some place.
struct Copy<'a> {
    store: &'a Store,
    id: &'a Key,
    folder: PathBuf,
    /// Opened where a file has to be written again.
    pack: Option<Arc<Pack>>,
}

impl Copy<'_> {
    fn place(&mut self, entry: &IndexEntry, to: &Path) -> Result<()> {
        let from = self.folder.join(&entry.0);
        if !std::fs::symlink_metadata(&from).is_ok_and(|found| is_intact(&found, entry)) {
            self.rewrite(&entry.0, &from)?;
        }
        if entry.1 == 'l' {
            return Ok(symlink(fs_err::read_link(&from)?, to)?);
        }
        Ok(clone(&from, to)?)
    }

    /// Writes one file of the copy again. A process that clones it meanwhile finds the old file or this one.
    fn rewrite(&mut self, path: &str, from: &Path) -> Result<()> {
        if self.pack.is_none() {
            self.pack = Some(self.store.open_pack(self.id)?);
        }
        let found = self.pack.as_ref().and_then(|pack| Some((pack, pack.find(path)?)));
        let (pack, entry) = found.ok_or_else(|| StoreError::corrupt(from))?;
        make_parents(&self.folder, path, &mut BTreeSet::new())?;
        match &entry.kind {
            PackKind::Symlink { target } => {
                let _ = std::fs::remove_file(from);
                symlink(target, from)?;
            }
            PackKind::File { executable } => {
                let mut file = NamedTempFile::new_in(self.store.tmp())?;
                pack.copy(entry, &mut file)?;
                stamp(file.as_file(), *executable)?;
                crate::atomic::persist(file, from)?;
            }
        }
        Ok(())
    }
}

/// Whether a file of the copy is as it was made.
fn is_intact(found: &Metadata, IndexEntry(_, kind, size): &IndexEntry) -> bool {
    if *kind == 'l' {
        return found.is_symlink();
    }
    let same_time = found.mtime() == MTIME && found.mtime_nsec() == 0;
    found.is_file() && found.len() == *size && found.mode() & 0o7777 == mode(*kind != 'f') && same_time
}

/// A file that shares its blocks with another until one of them is written to.
fn clone(from: &Path, to: &Path) -> std::io::Result<()> {
    let source = std::fs::File::open(from)?;
    let target = std::fs::OpenOptions::new().write(true).create_new(true).open(to)?;
    let cloned = rustix::fs::ioctl_ficlone(&target, &source).map_err(std::io::Error::from);
    let cloned = cloned.and_then(|()| stamp(&target, source.metadata()?.mode() & 0o111 != 0));
    if cloned.is_err() {
        std::fs::remove_file(to)?;
    }
    cloned
}

fn mode(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

/// Gives a file the mode and the time that all copies have.
fn stamp(file: &std::fs::File, executable: bool) -> std::io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode(executable)))?;
    file.set_modified(UNIX_EPOCH + Duration::from_secs(MTIME.unsigned_abs()))
}

fn write_files(pack: &Pack, folder: &Path) -> Result<()> {
    let mut made = BTreeSet::new();
    for entry in pack.entries() {
        let path = folder.join(&entry.path);
        make_parents(folder, &entry.path, &mut made)?;
        match &entry.kind {
            PackKind::Symlink { target } => symlink(target, &path)?,
            PackKind::File { executable } => {
                let mut file = fs_err::File::create(&path)?;
                pack.copy(entry, &mut file)?;
                stamp(file.file(), *executable)?;
            }
        }
    }
    Ok(())
}

fn make_parents(folder: &Path, path: &str, made: &mut BTreeSet<String>) -> Result<()> {
    for (index, _) in path.match_indices('/') {
        let above = path.get(..index).unwrap_or_default();
        if made.insert(above.to_owned()) {
            make_folder(&folder.join(above))?;
        }
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<()> {
    if !path.is_dir() {
        fs_err::create_dir_all(path)?;
    }
    fs_err::set_permissions(path, Permissions::from_mode(0o755))?;
    Ok(())
}
