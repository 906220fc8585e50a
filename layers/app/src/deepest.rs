//! A depth limit for nested folders. In: a path and its depth. Out: an error with the beginning of the path. Linux
//! rejects paths of more than 4096 bytes, and the errors beyond that are unclear.

use std::io;
use std::path::{Path, PathBuf};

/// The depth limit.
const DEEPEST: usize = 512;
/// How many components of such a path are shown.
const SHOWN: usize = 12;

/// Checks a path that is `depth` folders below the folder being read.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] if it is too deep.
pub(crate) fn check_depth(path: &Path, depth: usize) -> io::Result<()> {
    if depth <= DEEPEST {
        return Ok(());
    }
    let start: PathBuf = path.components().take(SHOWN).collect();
    let text = format!("{} has more than {DEEPEST} folders in one another", start.display());
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// The depth of a path relative to the folder being read.
pub(crate) fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}
