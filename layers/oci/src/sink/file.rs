//! Atomic files and folders: each is written next to its target under a temporary name, and renamed once its content is
//! on disk. If the program is interrupted, the half-written one is removed.

use std::fs::Permissions;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fourply_store::{persist_durably, sync_folder};
use tempfile::TempDir;

use super::error::SinkError;
use crate::unfinished::Unfinished;

/// Writes a file with `fill`. If that succeeds, the file is moved to `path` and replaces an existing one. File and name
/// are on disk then.
///
/// # Errors
/// Errors of `fill`; or the folder cannot be written.
pub(crate) fn write<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, SinkError>,
) -> Result<T, SinkError> {
    let failed = || SinkError::io(format!("cannot write {}", path.display()));
    let folder = folder_of(path);
    fs_err::create_dir_all(&folder).map_err(failed())?;
    // The mode of an ordinary new file: the umask applies.
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

/// Checks that an archive can be written at `path`. An existing archive or an empty file may be replaced.
///
/// # Errors
/// If the path is a folder, a device, a pipe, a link, or a file that is not a tar archive; or if one of its parents is
/// a file.
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

/// Whether the file starts like a tar archive: `ustar` in the first header.
fn is_tar(path: &Path) -> bool {
    let mut header = [0; 262];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.ends_with(b"ustar")
}

/// A new folder next to `path`. It is removed unless [`NewFolder::keep`] moves it there.
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

    /// Renames the folder to `path`, which must not exist or must be an empty folder. The name is on disk then.
    pub(super) fn keep(self, path: &Path) -> Result<(), SinkError> {
        let failed = || SinkError::io(format!("cannot make the folder {}", path.display()));
        fs_err::rename(self.folder.path(), path).map_err(failed())?;
        // The folder has moved: nothing is left to remove.
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
