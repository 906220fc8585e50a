//! Checks that files taken from a build folder are in it: scripts may have replaced folders and files with links. In:
//! the folder, paths. Out: an error for a path outside, or one that is not a file. Links that stay in the folder are
//! followed, because sources may have such.

use std::path::Path;

use fourply_scripts::beneath::Beneath;

use crate::Result;
use crate::sources::{SourceFile, SourceKind};

/// Checks that a file or folder exists below `root`, after all links are followed.
///
/// # Errors
/// [`Replaced`](fourply_scripts::ScriptsError::Replaced), or it does not exist.
pub(crate) fn stays_inside(root: &Path, path: &str) -> Result<()> {
    let place = fs_err::canonicalize(root.join(path))?;
    if !place.starts_with(fs_err::canonicalize(root)?) {
        // Names the component that leads out.
        Beneath::open(root)?.entries(path)?;
    }
    Ok(())
}

/// Checks that all paths of a list are files below `root`.
///
/// # Errors
/// Those of [`stays_inside`].
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
