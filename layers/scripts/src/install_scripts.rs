//! The install scripts of package archives. In: archives. Out: scripts, cached in the store, so that an archive is
//! opened once.

use fourply_blob::Key;
use fourply_pnpm::{DepPath, InstallScript};
use fourply_store::{Pack, Store};
use serde_json::Value;

use crate::{Result, ScriptsError};

fourply_store::record! {
    /// The scripts of an archive, in order.
    struct ScriptsOf<'a> in InstallScripts, rules 2 => Option<Vec<InstallScript>> {
        pack: &'a Key,
    }
}

/// The scripts that an install of an archive runs, in order; `None` if pnpm sees nothing to build.
///
/// # Errors
/// A missing or damaged archive, or an invalid package.json.
pub fn install_scripts(store: &Store, pack: &Key, owner: &DepPath) -> Result<Option<Vec<InstallScript>>> {
    let failed = |source| ScriptsError::at(format!("cannot read the scripts of {owner}"), source);
    let record = ScriptsOf { pack };
    if let Some(known) = store.get(&record) {
        return Ok(known);
    }
    let scripts = read(&*store.open_pack(pack).map_err(failed)?, owner)?;
    store.put(&record, &scripts).map_err(failed)?;
    Ok(scripts)
}

fn read(pack: &Pack, owner: &DepPath) -> Result<Option<Vec<InstallScript>>> {
    let Some(entry) = pack.find("package.json") else { return Ok(None) };
    let failed = |source| ScriptsError::at(format!("cannot read the package.json of {owner}"), source);
    let text = pack.bytes(entry).map_err(failed)?;
    let text = String::from_utf8_lossy(&text);
    let manifest: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| ScriptsError::Manifest { owner: owner.to_string(), message: error.into() })?;
    Ok(InstallScript::of(&manifest, pack.find("binding.gyp").is_some()))
}

#[cfg(test)]
mod tests;
