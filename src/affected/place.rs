//! Where one state of a workspace lies. The type alone.

use std::path::PathBuf;

/// See the module.
pub(super) struct Place {
    pub root: PathBuf,
    /// A configuration of another name.
    pub config: Option<PathBuf>,
}
