//! A pack as files on disk, for a build step alone: an image is made from packs.
//!
//! The files are made once in `unfolded/` and then linked into each place that needs them. A script that writes into a linked file
//! changes the unfolded copy, never the pack, so no image is touched by it; a file system that clones files is not touched at all.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use fourply_blob::Key;

use crate::{Pack, PackKind, Result, Store};

impl Store {
    /// Puts the files of a pack at `dest`, which is made: 0755 for folders and executables, 0644 for the rest, whatever the umask.
    ///
    /// # Errors
    /// Where the pack is absent or damaged, or a file cannot be made.
    pub fn unfold(&self, id: &Key, dest: &Path) -> Result<()> {
        let source = self.unfolded(id)?;
        let mut made = BTreeSet::new();
        make_folder(dest)?;
        link_tree(&source, dest, &mut made)
    }

    /// The unfolded copy of a pack, made if need be.
    ///
    /// # Errors
    /// Where the pack is absent or damaged, or a file cannot be made.
    pub fn unfolded(&self, id: &Key) -> Result<PathBuf> {
        let folder = self.root().join("unfolded").join(id.hex());
        if folder.is_dir() {
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

fn write_files(pack: &Pack, folder: &Path) -> Result<()> {
    let mut made = BTreeSet::new();
    for entry in pack.entries() {
        let path = folder.join(&entry.path);
        make_parents(folder, &entry.path, &mut made)?;
        match &entry.kind {
            PackKind::Symlink { target } => symlink(target, &path)?,
            PackKind::File { executable } => {
                fs_err::write(&path, pack.bytes(entry))?;
                let mode = if *executable { 0o755 } else { 0o644 };
                fs_err::set_permissions(&path, Permissions::from_mode(mode))?;
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

fn link_tree(source: &Path, dest: &Path, made: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs_err::read_dir(source)? {
        let entry = entry?;
        let to = dest.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if made.insert(to.clone()) {
                make_folder(&to)?;
            }
            link_tree(&entry.path(), &to, made)?;
        } else if kind.is_symlink() {
            symlink(fs_err::read_link(entry.path())?, &to)?;
        } else if fs_err::hard_link(entry.path(), &to).is_err() {
            // Another file system, or one without links.
            fs_err::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
