//! Whether what is taken from a build folder lies in it: scripts may have put links in the place of folders and files. In: the folder, paths. Out: an
//! error for what lies elsewhere, or is no file. Links that stay in the folder are followed, as sources may have such.

use std::path::Path;

use fourply_scripts::beneath::Beneath;

use crate::Result;
use crate::sources::{SourceFile, SourceKind};

/// That a file or folder is there, and lies below `root` with all links followed.
///
/// # Errors
/// [`Replaced`](fourply_scripts::ScriptsError::Replaced); what is not there.
pub(crate) fn stays_inside(root: &Path, path: &str) -> Result<()> {
    let place = fs_err::canonicalize(root.join(path))?;
    if !place.starts_with(fs_err::canonicalize(root)?) {
        // Says which of its components leads out.
        Beneath::open(root)?.entries(path)?;
    }
    Ok(())
}

/// That all files of a list lie below `root`, and are files.
///
/// # Errors
/// As [`stays_inside`].
pub(crate) fn files_stay_inside(root: &Path, files: &[&SourceFile]) -> Result<()> {
    let (real, below) = (fs_err::canonicalize(root)?, Beneath::open(root)?);
    for SourceFile { path, kind } in files {
        if matches!(kind, SourceKind::Symlink { .. }) {
            continue;
        }
        let place = fs_err::canonicalize(root.join(path))?;
        if !place.starts_with(&real) || !place.is_file() {
            below.read(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
