//! Which packages of a workspace are services: what `--all` builds, and whose use of a package decides which layer it goes to. A
//! workspace and the user's globs come in, folders go out.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{ImporterId, Manifest, PnpmError, Workspace};

/// Where services lie by custom: the folders directly below these are services, whatever else the workspace has.
const CUSTOMARY: [&str; 2] = ["services/", "apps/"];

/// The services, sorted by folder.
///
/// `globs` name folders, relative to the root; one that begins with `!` takes away. Without globs, services are the packages directly
/// below `services/` and `apps/`; where there are none, every package that no other package of the workspace depends on. The root is
/// no service unless a glob names it.
///
/// # Errors
/// A glob that is none, or globs that name no package.
pub fn services(workspace: &Workspace, globs: Option<&[String]>) -> Result<Vec<ImporterId>, PnpmError> {
    Ok(listed_services(&workspace.manifests, globs)?.unwrap_or_else(|| independent(workspace)))
}

/// The services that globs or their customary place tell, before the lockfile is read; `None` where it is the lockfile that tells them.
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
