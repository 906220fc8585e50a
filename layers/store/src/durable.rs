//! Files that survive a power cut. In: a finished temporary file and its path. Out: the file, on disk with its name.
//! This is for files that users keep: images in layouts and archives, bundles, `fourply.lock`. Files of the store are
//! verified when they are read, so they do not wait for the disk.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// Moves a finished file to its path once its content is on disk, and waits until the name is on disk too.
///
/// # Errors
/// If the file cannot be written or renamed.
pub fn persist_durably(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path.parent().unwrap_or(Path::new("")))
}

/// Waits until the names in a folder are on disk. `""` is the current folder. A file system without this operation
/// (`EINVAL`) is not an error.
///
/// # Errors
/// If the folder cannot be opened, or the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}
