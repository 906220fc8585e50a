//! pnpmfiles: their checksums compared with the one in the lockfile. They are read and never run.
//!
//! The lockfile already contains a pnpmfile's effect on dependencies. If a pnpmfile alters packages and is new or
//! changed since the lockfile was made, that is a difference. A pnpmfile without such hooks does not matter. Hooks that
//! act on every install are not supported.

use std::path::PathBuf;

use fourply_input::{InputKind, read_text};

use super::hash;
use crate::{PnpmError, Workspace};

/// Hooks that change what an install does with a finished lockfile.
const ACTIVE: [&str; 2] = ["updateConfig", "importPackage"];

/// The checksum of the current pnpmfiles, and the one in the lockfile.
///
/// # Errors
/// A missing file that a setting names; a hook that acts on every install; a plugin, whose pnpmfile is not in the
/// workspace.
pub(super) fn checksums(workspace: &Workspace) -> Result<(Option<String>, Option<String>), PnpmError> {
    let known = workspace.lockfile.pnpmfile_checksum.clone();
    let resolution = &workspace.settings.resolution;
    let Some(named) = &resolution.pnpmfiles else { return Ok((None, known)) };
    if !resolution.plugins.is_empty() {
        return Err(PnpmError::Plugins { plugins: resolution.plugins.clone() });
    }
    let mut texts = Vec::new();
    for path in files(workspace, named)? {
        let text = read_text(&path, InputKind::Pnpmfile)?;
        if let Some(hook) = ACTIVE.into_iter().find(|hook| text.contains(hook)) {
            return Err(PnpmError::Hook { path, hook });
        }
        texts.push(text);
    }
    let alters = |text: &String| text.contains("readPackage") || text.contains("afterAllResolved");
    let counts = !texts.is_empty() && (known.is_some() || texts.iter().any(alters));
    let rule = workspace.rules.lockfile.pnpmfile_checksum;
    Ok((counts.then(|| hash::pnpmfiles(&texts, rule)), known))
}

/// The pnpmfiles in the order of their paths.
fn files(workspace: &Workspace, named: &[String]) -> Result<Vec<PathBuf>, PnpmError> {
    if named.is_empty() {
        let defaults = workspace.rules.lockfile.default_pnpmfiles.iter();
        let found = defaults.map(|name| workspace.root.join(name)).find(|path| path.exists());
        return Ok(found.into_iter().collect());
    }
    let mut files: Vec<PathBuf> = named.iter().map(|name| workspace.root.join(name)).collect();
    files.sort();
    files.dedup();
    match files.iter().find(|path| !path.exists()) {
        Some(absent) => Err(PnpmError::NoPnpmfile { path: absent.clone() }),
        None => Ok(files),
    }
}
