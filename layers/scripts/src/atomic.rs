//! Files that are written atomically, and their texts. In: bytes and a path. It does not know their meaning.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fourply_blob::Reason;

use crate::Result;

/// The text of a file that [`write()`] wrote; `None` if it is missing or something else is there.
pub fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    io::Read::read_to_string(&mut fourply_store::open_file(path).ok()?, &mut text).ok()?;
    Some(text)
}

/// Removes a link or file at the folder's path, and a folder at the file's path: this program wrote them all.
fn make_way(folder: &Path, path: &Path) -> Result<()> {
    if std::fs::symlink_metadata(folder).is_ok() && !folder.is_dir() {
        fs_err::remove_file(folder)?;
    }
    if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        fourply_store::remove_tree(path)?;
    }
    Ok(())
}

/// Writes a file with a mode, and creates its folder if needed.
///
/// # Errors
/// Neither can be created; the message names the file.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_way(folder, path)?;
    fs_err::create_dir_all(folder)?;
    let named = |error: io::Error| {
        let text = format!("cannot write {}: {error}", path.display());
        io::Error::new(error.kind(), Reason::because(text, error))
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes).map_err(named)?;
    file.as_file().set_permissions(Permissions::from_mode(mode)).map_err(named)?;
    file.persist(path).map_err(|error| named(error.error))?;
    Ok(())
}
