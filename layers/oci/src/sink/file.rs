//! Files and folders that appear whole or not at all: written beside their place under a name of their own, then renamed once their content
//! is on disk. An interrupted program removes the half-written one.

use std::fs::Permissions;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fourply_store::{persist_durably, sync_folder};
use tempfile::TempDir;

use super::error::SinkError;
use crate::unfinished::Unfinished;

/// Writes a file by `fill`, and puts it at `path` when that succeeded, in place of what was there. File and name are on disk then.
///
/// # Errors
/// Those of `fill`, and where the folder cannot be written.
pub(crate) fn write<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, SinkError>,
) -> Result<T, SinkError> {
    let failed = || SinkError::io(format!("cannot write {}", path.display()));
    let folder = folder_of(path);
    fs_err::create_dir_all(&folder).map_err(failed())?;
    // The mode is what a file gets that is created in the usual way: the umask has the last word.
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fourply-").permissions(Permissions::from_mode(0o666));
    let file = builder.tempfile_in(&folder).map_err(failed())?;
    let _unfinished = Unfinished::mark(file.path());
    let mut out = BufWriter::with_capacity(1 << 18, file);
    let value = fill(&mut out)?;
    let file = out.into_inner().map_err(|error| failed()(error.into_error()))?;
    persist_durably(file, path).map_err(failed())?;
    Ok(value)
}

/// Whether an archive can lie at `path`. An archive that is there already is replaced, and so is an empty file.
///
/// # Errors
/// Where a folder is there, or a file above it; where a device, a pipe or a link is there, or a file that is not a tar archive.
pub(super) fn check(path: &Path) -> Result<(), SinkError> {
    let occupied = |path: &Path, expected: &'static str, reason: &str| {
        Err(SinkError::Occupied { path: path.to_path_buf(), expected, reason: reason.into() })
    };
    let above = path.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok());
    match above {
        _ if path.is_dir() => occupied(path, "a file", "it is a folder"),
        Some(above) if !above.is_dir() => occupied(above, "a folder", "it is a file"),
        _ => match std::fs::symlink_metadata(path) {
            Ok(there) if there.is_symlink() => occupied(path, "an archive", "it is a link"),
            Ok(there) if !there.is_file() => occupied(path, "an archive", "it is a device or a pipe"),
            Ok(there) if there.len() > 0 && !is_tar(path) => {
                occupied(path, "an archive", "it is another file")
            }
            _ => Ok(()),
        },
    }
}

/// Whether the file begins as a tar archive does: `ustar` in the first header.
fn is_tar(path: &Path) -> bool {
    let mut header = [0; 262];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.ends_with(b"ustar")
}

/// A new folder beside `path`, removed again unless [`NewFolder::keep`] puts it there.
pub(super) struct NewFolder {
    folder: TempDir,
    _unfinished: Unfinished,
}

impl NewFolder {
    pub(super) fn beside(path: &Path) -> Result<NewFolder, SinkError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".fourply-").permissions(Permissions::from_mode(0o777));
        let parent = folder_of(path);
        let failed = || SinkError::io(format!("cannot make the folder {}", path.display()));
        fs_err::create_dir_all(&parent).map_err(failed())?;
        let folder = builder.tempdir_in(parent).map_err(failed())?;
        let _unfinished = Unfinished::mark(folder.path());
        Ok(NewFolder { folder, _unfinished })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Renames it to `path`, which must not exist or be an empty folder. The name is on disk then.
    pub(super) fn keep(self, path: &Path) -> Result<(), SinkError> {
        let failed = || SinkError::io(format!("cannot make the folder {}", path.display()));
        fs_err::rename(self.folder.path(), path).map_err(failed())?;
        // It is gone from its old place: nothing is left to remove there.
        let _: PathBuf = self.folder.keep();
        sync_folder(&folder_of(path)).map_err(failed())
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
