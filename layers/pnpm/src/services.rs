//! Which packages of a workspace are services. These are what `--all` builds, and their use of a package decides its
//! layer. In: a workspace and the user's globs. Out: folders.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{ImporterId, Manifest, PnpmError, Workspace};

/// The usual folders of services: folders directly below these are services, whatever else the workspace has.
const CUSTOMARY: [&str; 2] = ["services/", "apps/"];

/// The services, sorted by folder.
///
/// `globs` match folders, relative to the root; one that starts with `!` excludes. Without globs, services are the
/// packages directly below `services/` and `apps/`. If there are none, services are all packages that no other package
/// of the workspace depends on. The root is a service only if a glob matches it.
///
/// # Errors
/// An invalid glob, or globs that match no package.
pub fn services(workspace: &Workspace, globs: Option<&[String]>) -> Result<Vec<ImporterId>, PnpmError> {
    Ok(listed_services(&workspace.manifests, globs)?.unwrap_or_else(|| independent(workspace)))
}

/// The services according to globs or the usual folders, before the lockfile is read; `None` if the lockfile is needed.
///
/// # Errors
/// As [`services`].
pub fn listed_services(
    packages: &BTreeMap<ImporterId, Manifest>,
    globs: Option<&[String]>,
) -> Result<Option<Vec<ImporterId>>, PnpmError> {
    match globs {
        Some(globs) => named(packages, globs).map(Some),
        None => Ok(Some(customary(packages)).filter(|customary| !customary.is_empty())),
    }
}

fn named(packages: &BTreeMap<ImporterId, Manifest>, globs: &[String]) -> Result<Vec<ImporterId>, PnpmError> {
    let (out, wanted): (Vec<&String>, Vec<&String>) = globs.iter().partition(|glob| glob.starts_with('!'));
    let wanted = matcher(wanted.into_iter().map(String::as_str))?;
    let out = matcher(out.into_iter().map(|glob| glob.trim_start_matches('!')))?;
    let is_service = |id: &&ImporterId| wanted.is_match(id.as_str()) && !out.is_match(id.as_str());
    let found: Vec<ImporterId> = packages.keys().filter(is_service).cloned().collect();
    if found.is_empty() {
        let known = packages.keys().filter(|id| !id.is_root()).map(ToString::to_string).collect();
        return Err(PnpmError::NoServices { globs: globs.to_vec(), known });
    }
    Ok(found)
}

fn matcher<'a>(globs: impl Iterator<Item = &'a str>) -> Result<GlobSet, PnpmError> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        let text = text.trim_start_matches("./").trim_end_matches('/');
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| PnpmError::Glob { glob: text.to_owned(), message: error.into() })?);
    }
    set.build().map_err(|error| PnpmError::Glob { glob: "services".to_owned(), message: error.into() })
}

fn customary(packages: &BTreeMap<ImporterId, Manifest>) -> Vec<ImporterId> {
    let below = |id: &&ImporterId| {
        CUSTOMARY.iter().any(|dir| id.as_str().strip_prefix(dir).is_some_and(|name| !name.contains('/')))
    };
    packages.keys().filter(below).cloned().collect()
}

fn independent(workspace: &Workspace) -> Vec<ImporterId> {
    let linked: BTreeSet<ImporterId> =
        workspace.manifests.keys().flat_map(|id| workspace.linked(id)).collect();
    workspace.manifests.keys().filter(|id| !id.is_root() && !linked.contains(*id)).cloned().collect()
}

#[cfg(test)]
mod tests;
