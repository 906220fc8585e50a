//! Single places of settings that are read alike by npm's rules and by pnpm's: files and variables.

use std::path::{Path, PathBuf};

use fourply_pnpm::WorkspaceNetwork;
use fourply_store::{InputKind, NpmSource, NpmTrust, read_text};

use crate::Error;
use crate::environment;

pub(super) fn workspace_file(root: &Path, network: &WorkspaceNetwork) -> NpmSource {
    NpmSource {
        name: root.join("pnpm-workspace.yaml").display().to_string(),
        folder: root.to_path_buf(),
        trust: NpmTrust::Repository,
        settings: network.settings.clone(),
    }
}

/// The workspace's `.npmrc`; nothing where the user made it his own, which then counts as such.
///
/// # Errors
/// A credential that nobody can send.
pub(super) fn own_npmrc(
    root: &Path,
    network: &WorkspaceNetwork,
    user: Option<&Path>,
) -> Result<Option<NpmSource>, Error> {
    let path = root.join(".npmrc");
    let same = |user: &Path| fs_err::canonicalize(user).ok() == fs_err::canonicalize(&path).ok();
    if user.is_some_and(same) {
        return Ok(None);
    }
    let Some(text) = network.npmrc.as_deref() else { return Ok(None) };
    let name = path.display().to_string();
    NpmSource::check_npmrc(&name, text)?;
    Ok(Some(NpmSource::npmrc(name, root, NpmTrust::Repository, text)))
}

/// A file of the user's; nothing where there is none.
pub(super) fn file(path: PathBuf) -> Result<Option<NpmSource>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let text = read_text(&path, InputKind::Npmrc)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let name = path.display().to_string();
    NpmSource::check_npmrc(&name, &text)?;
    Ok(Some(NpmSource::npmrc(name, folder, NpmTrust::User, &text)))
}

/// Variables that begin so, in any case, as settings. A name with a host keeps its letters; of others `_` is `-`, but for the first. A program that
/// prints tokens is never taken from there.
pub(super) fn in_environment(prefix: &str, wanted: impl Fn(&str) -> bool) -> NpmSource {
    let settings = environment::variables().into_iter().filter_map(|(name, value)| {
        let rest = name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
        let rest = rest.and_then(|start| name.get(start.len()..))?;
        let key = match rest.strip_prefix('_') {
            _ if rest.starts_with(['/', '@']) => rest.to_owned(),
            Some(last) if last.eq_ignore_ascii_case("authtoken") => "_authToken".to_owned(),
            Some(last) => format!("_{}", last.to_ascii_lowercase()),
            None => rest.to_ascii_lowercase().replace('_', "-"),
        };
        let taken =
            !value.is_empty() && !key.ends_with("tokenHelper") && key != "tokenhelper" && wanted(&key);
        taken.then_some((key, value))
    });
    NpmSource {
        name: "the environment".to_owned(),
        folder: PathBuf::new(),
        trust: NpmTrust::Environment,
        settings: settings.collect(),
    }
}
