//! A pack as files on disk, for build steps only; an image is built from packs directly. In: a pack. Out: its files in
//! a folder.
//!
//! If the file system supports clones, the files are written once to `unfolded/` and cloned to each target. Otherwise
//! each target gets copies. No file is linked: a script that writes to one cannot affect another build.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use fourply_blob::{Key, MTIME};
use tempfile::NamedTempFile;

use crate::stamps::Watch;
use crate::{Pack, PackKind, Result, Store, StoreError};

impl Store {
    /// Writes the files of a pack to `dest`, which is created: 0755 for folders and executables, 0644 for the rest,
    /// whatever the umask.
    ///
    /// # Errors
    /// If the pack is missing or damaged, or a file cannot be created.
    pub fn unfold(&self, id: &Key, dest: &Path) -> Result<()> {
        make_folder(dest)?;
        if !self.clones_into(dest)? {
            return write_files(&*self.open_pack(id)?, dest);
        }
        let from = self.unfolded(id)?;
        let mut made = BTreeSet::new();
        for path in files_in(&from)? {
            make_parents(dest, &path, &mut made)?;
            place(&from.join(&path), &dest.join(&path))?;
        }
        Ok(())
    }

    /// Whether a file of the store can be cloned into a folder.
    fn clones_into(&self, folder: &Path) -> Result<bool> {
        self.clones_to(fs_err::metadata(folder)?.dev(), || {
            let file = NamedTempFile::new_in(self.tmp())?;
            let target = tempfile::Builder::new().prefix(".clone").tempfile_in(folder)?;
            Ok(rustix::fs::ioctl_ficlone(target.as_file(), file.as_file()).is_ok())
        })
    }

    /// The unfolded copy of a pack, created if needed.
    ///
    /// # Errors
    /// If the pack is missing or damaged, or a file cannot be created.
    pub fn unfolded(&self, id: &Key) -> Result<PathBuf> {
        let folder = self.root().join("unfolded").join(id.hex());
        self.kept_folder(&folder, Watch::Everything, |made| {
            write_files(&*self.open_pack(id)?, made)?;
            Ok::<_, StoreError>(fs_err::set_permissions(made, Permissions::from_mode(0o755))?)
        })?;
        Ok(folder)
    }
}

/// The files and links of a folder, unsorted.
fn files_in(folder: &Path) -> Result<Vec<String>> {
    let (mut found, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(at) = folders.pop() {
        for entry in fs_err::read_dir(folder.join(&at))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if at.is_empty() { name } else { format!("{at}/{name}") };
            let list = if entry.file_type()?.is_dir() { &mut folders } else { &mut found };
            list.push(path);
        }
    }
    Ok(found)
}

/// Clones a file, or recreates a link.
fn place(from: &Path, to: &Path) -> Result<()> {
    if fs_err::symlink_metadata(from)?.is_symlink() {
        return Ok(symlink(fs_err::read_link(from)?, to)?);
    }
    Ok(clone(from, to)?)
}

/// Clones a file: it shares its blocks with the original until one of them is written to.
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

/// Sets the mode and time that all copies have.
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
