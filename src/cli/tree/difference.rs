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
    let workspace = &service.workspace;
    let importers: Vec<&str> = workspace.manifests.keys().map(fourply_pnpm::ImporterId::as_str).collect();
    let place = place(root, folder, &importers)?;
    let own = workspace.importer(&service.settings.workspace.service)?;
    let all = closure(workspace, std::slice::from_ref(&own), Include::All, &service.target)?;
    let removals = service.removals(tree)?;
    let known =
        KnownWorkspace::new(workspace, &service.target, (&service.production, &all), removals, ROOT_IN_IMAGE);
    let planned = entries(tree, &service.context.store)?;
    Ok(differences(planned, &place.root, place.only.as_deref(), &known)?)
}

/// What is compared with.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// The folder that stands for the workspace's root.
    root: PathBuf,
    /// The one folder of links that is compared, relative to it; all where there is none.
    only: Option<String>,
}

const HINT: &str = "name a folder with the workspace's node_modules, such as the workspace itself, or a copy of the image's /app";

/// What `folder` is: a node_modules, or a folder that has one. Inside of the workspace its path tells whose it is, outside the end of its path does, unless
/// it looks like a root: then it stands for the workspace's.
fn place(root: &Path, folder: &Path, importers: &[&str]) -> Result<Place, Error> {
    let folder = fs_err::canonicalize(folder).map_err(|error| Error::user(error, HINT))?;
    let is_modules = folder.file_name().is_some_and(|name| name == "node_modules");
    let owner = if is_modules { folder.parent().unwrap_or(Path::new("/")) } else { &folder };
    if !is_modules && !owner.join("node_modules").is_dir() {
        return Err(Error::user(format!("{} has no node_modules", folder.display()), HINT));
    }
    let (root, importer) = match owner.strip_prefix(root) {
        Ok(path) => (root.to_path_buf(), path.to_string_lossy().into_owned()),
        Err(_) => copy_of(owner, importers),
    };
    let only = match importer.as_str() {
        "" => is_modules.then(|| "node_modules".to_owned()),
        importer => Some(format!("{importer}/node_modules")),
    };
    Ok(Place { root, only })
}

/// The root that a folder outside of the workspace belongs to, and which of its packages it is; an empty text is the root itself.
fn copy_of(owner: &Path, importers: &[&str]) -> (PathBuf, String) {
    let is_root = owner.join("node_modules/.pnpm").is_dir() || owner.join("pnpm-workspace.yaml").is_file();
    let ends = importers.iter().filter(|id| !is_root && **id != "." && owner.ends_with(id));
    let Some(id) = ends.max_by_key(|id| id.len()) else { return (owner.to_path_buf(), String::new()) };
    let root = owner.ancestors().nth(Path::new(id).components().count());
    (root.unwrap_or(Path::new("/")).to_path_buf(), (*id).to_owned())
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

#[cfg(test)]
mod tests;
