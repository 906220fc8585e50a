//! A bound on folders that lie in one another. In: a path and its depth. Out: an error with the beginning of the path. Linux takes no path of more than 4096
//! bytes, and what fails beyond that does not say why.

use std::io;
use std::path::{Path, PathBuf};

/// How many folders may lie in one another.
const DEEPEST: usize = 512;
/// How many parts of such a path are shown.
const SHOWN: usize = 12;

/// Fails where a path, `depth` folders below the one that is read, is too deep.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`].
pub(crate) fn check_depth(path: &Path, depth: usize) -> io::Result<()> {
    if depth <= DEEPEST {
        return Ok(());
    }
    let start: PathBuf = path.components().take(SHOWN).collect();
    let text = format!("{} has more than {DEEPEST} folders in one another", start.display());
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// How deep a path is that is relative to the folder that is read.
pub(crate) fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}
