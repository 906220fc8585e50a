//! Helpers for single files and links on disk.

use std::path::{Path, PathBuf};

use fourply_pnpm::ImporterId;

use crate::{Result, ScriptsError};

/// Whether any x bit is set. git, npm and images all keep only this part of a mode.
pub fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

/// `path` below `root`, as text.
pub fn relative(root: &Path, path: &Path) -> Result<String> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let text = below.to_str().ok_or_else(|| ScriptsError::NotUtf8 { path: path.to_path_buf() })?;
    Ok(text.to_owned())
}

/// The target of a link, unresolved.
pub fn read_target(full: &Path) -> Result<String> {
    let target = fs_err::read_link(full)?;
    let text = target.to_str().ok_or_else(|| ScriptsError::NotUtf8 { path: full.to_path_buf() })?;
    Ok(text.to_owned())
}

/// The folder of a package below a root.
pub fn folder_of(root: &Path, id: &ImporterId) -> PathBuf {
    if id.is_root() { root.to_path_buf() } else { root.join(id.as_str()) }
}
