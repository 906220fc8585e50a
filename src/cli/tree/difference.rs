//! `fourply tree --diff`: what a folder on disk has to be compared with. In: a service, its tree, the folder. Out: differences.

use std::path::{Path, PathBuf};

use fourply_modules::{DifferenceReason, KnownWorkspace, PathDifference, differences, entries};
use fourply_pnpm::{Include, Tree, closure};

use super::service::Service;
use crate::Error;
use crate::settings::ROOT_IN_IMAGE;

/// Compares the tree with what lies in `folder`.
///
/// # Errors
/// A folder that is none or holds no node_modules; those of the stages.
pub(super) fn find(
    service: &Service<'_>,
    tree: &Tree,
    root: &Path,
    folder: &Path,
) -> Result<Vec<PathDifference>, Error> {
    let (base, only) = place(root, folder)?;
    let workspace = &service.workspace;
    let own = workspace.importer(&service.settings.workspace.service)?;
    let all = closure(workspace, std::slice::from_ref(&own), Include::All, &service.target)?;
    let removals = service.removals(tree)?;
    let known =
        KnownWorkspace::new(workspace, &service.target, (&service.production, &all), removals, ROOT_IN_IMAGE);
    let planned = entries(tree, &service.context.store)?;
    Ok(differences(planned, &base, only.as_deref(), &known)?)
}

/// The folder that stands for the workspace's root, and the one folder of links that is compared where `folder` itself is one: the workspace's own
/// by its path, any other as that of the root.
fn place(root: &Path, folder: &Path) -> Result<(PathBuf, Option<String>), Error> {
    let hint = "name a folder with the workspace's node_modules, such as the workspace itself, or a copy of the image's /app";
    let folder = fs_err::canonicalize(folder).map_err(|error| Error::user(error, hint))?;
    let is_modules = folder.file_name().is_some_and(|name| name == "node_modules");
    if !is_modules {
        return match folder.join("node_modules").is_dir() {
            true => Ok((folder, None)),
            false => Err(Error::user(format!("{} has no node_modules", folder.display()), hint)),
        };
    }
    if let Ok(path) = folder.strip_prefix(root) {
        return Ok((root.to_path_buf(), Some(path.to_string_lossy().into_owned())));
    }
    let above = folder.parent().unwrap_or(Path::new("/")).to_path_buf();
    Ok((above, Some("node_modules".to_owned())))
}

/// The end of a comparison that found something.
pub(super) fn found(folder: &Path, count: &str) -> Error {
    Error::user(
        format!("{count} between {} and the planned tree", folder.display()),
        "docs/pnpm.md says what the reasons mean; a folder that was installed by `pnpm install --prod --frozen-lockfile --filter-prod '{SERVICE}...'` on the image's platform has none",
    )
}

/// The reason in words.
pub(super) fn words(reason: &DifferenceReason) -> String {
    match reason {
        DifferenceReason::Pruned(rule) => format!("pruned: {}", rule.name()),
        DifferenceReason::OtherPlatform(limits) => format!("other platform: {limits}"),
        DifferenceReason::SomePlatforms(limits) => format!("platform: {limits}"),
        DifferenceReason::Development => "development".to_owned(),
        DifferenceReason::OtherImporters => "other workspace packages".to_owned(),
        DifferenceReason::NotInLockfile => "not in the lockfile".to_owned(),
        DifferenceReason::Hoisted => "hoisting".to_owned(),
        DifferenceReason::Command => "command".to_owned(),
        DifferenceReason::OtherPlace(place) => format!("command of a workspace in {place}"),
        DifferenceReason::InstallScript => "install script".to_owned(),
    }
}
