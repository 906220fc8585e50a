//! Whether the lockfile still matches manifests and settings, as `pnpm install --frozen-lockfile` checks. In: a
//! workspace that was read. Out: every difference.
//!
//! Source: pnpm's `satisfiesPackageManifest` and `getOutdatedLockfileSetting`. Catalogs are compared by all rules,
//! although some versions of pnpm skip them with a frozen lockfile.

mod corrections;
mod hash;
mod hooks;
mod importer;
mod pnpmfile;
mod selector;
mod settings;
mod stale;
#[cfg(test)]
mod tests;

pub(crate) use selector::Selector;

use crate::{PnpmError, Workspace};
pub use stale::{Difference, Stale};

/// Compares every package.json with its importer, and the settings with those that the lockfile was made with.
///
/// # Errors
/// [`PnpmError::Stale`] with all differences; a patch or pnpmfile that cannot be read.
pub fn check_fresh(workspace: &Workspace) -> Result<(), PnpmError> {
    let mut differences = settings::differences(workspace)?;
    for (id, manifest) in &workspace.manifests {
        let wanted = hooks::apply(workspace, id, manifest);
        differences.extend(importer::differences(workspace, id, &wanted));
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Stale { differences, pnpmfile: workspace.lockfile.pnpmfile_checksum.is_some() }.into())
}
