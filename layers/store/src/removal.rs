//! Folders that go, whatever their modes are. In: a folder. Out: nothing of it is left.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Removes a folder with folders in it that are closed to this user.
///
/// # Errors
/// Where something cannot be removed.
pub fn remove_tree(folder: &Path) -> std::io::Result<()> {
    if std::fs::remove_dir_all(folder).is_ok() {
        return Ok(());
    }
    open(folder)?;
    std::fs::remove_dir_all(folder)
}

/// Lets this user into a folder, and all below it. No link is followed.
fn open(folder: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open(&entry.path())?;
        }
    }
    Ok(())
}
