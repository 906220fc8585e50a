//! Removal of folders with any modes. In: a folder. Out: the folder is removed.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Removes a folder, even if this user has no access to folders inside it.
///
/// # Errors
/// If something cannot be removed.
pub fn remove_tree(folder: &Path) -> std::io::Result<()> {
    if std::fs::remove_dir_all(folder).is_ok() {
        return Ok(());
    }
    open(folder)?;
    std::fs::remove_dir_all(folder)
}

/// Gives this user access to a folder and all folders below it. No link is followed.
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
