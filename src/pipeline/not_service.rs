//! A package that is built as a service and seems to be none. In: the workspace, its services, the package. Out: an error for the root of a
//! workspace whose services are elsewhere, a warning for a library.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest};

use crate::Error;
use crate::names::listed;

/// The scripts that start a service.
const STARTS: [&str; 2] = ["start:prod", "start"];

/// `named` says that the configuration names what is started. A warning for a package that others depend on, that is not among the services, and that nothing says how to start.
///
/// # Errors
/// The root, where the workspace has services and nothing says how to start the root.
pub(super) fn check(
    named: bool,
    manifests: &BTreeMap<ImporterId, Manifest>,
    services: &[ImporterId],
    service: &ImporterId,
) -> Result<Option<String>, Error> {
    let Some(manifest) = manifests.get(service) else { return Ok(None) };
    let starts = STARTS.iter().any(|name| manifest.scripts.contains_key(*name));
    let elsewhere: Vec<ImporterId> = services.iter().filter(|other| !other.is_root()).cloned().collect();
    if named || starts || services.contains(service) || elsewhere.is_empty() {
        return Ok(None);
    }
    let has = listed(&elsewhere);
    if service.is_root() {
        return match manifest.main {
            Some(_) => Ok(None),
            None => Err(Error::user(
                format!(
                    "the root is no service: its package.json has no start script and no \"main\", and the workspace has {has}"
                ),
                "name one of them, or build all with --all; if the root is meant, name its program: [services.\".\"] cmd = [\"node\", \"dist/main.js\"]",
            )),
        };
    }
    let used = manifest.name.as_ref().is_some_and(|name| {
        manifests
            .values()
            .any(|other| other.dependencies.contains_key(name) || other.dev_dependencies.contains_key(name))
    });
    Ok(used.then(|| {
        format!(
            "{service} seems to be a library and no service: others depend on it, and its package.json has no start script; the services are {has}"
        )
    }))
}

/// What to know of packages with a start script that lie where no services are looked for; none that others depend on.
pub(super) fn left_out(
    manifests: &BTreeMap<ImporterId, Manifest>,
    services: &[ImporterId],
) -> Option<String> {
    let is_used = |manifest: &Manifest| {
        let name = manifest.name.as_ref();
        name.is_some_and(|name| manifests.values().any(|other| other.dependencies.contains_key(name)))
    };
    let starts = |manifest: &Manifest| STARTS.iter().any(|name| manifest.scripts.contains_key(*name));
    let of_services = |(id, manifest): &(&ImporterId, &Manifest)| {
        !id.is_root() && !services.contains(id) && starts(manifest) && !is_used(manifest)
    };
    let left: Vec<ImporterId> = manifests.iter().filter(of_services).map(|(id, _)| id.clone()).collect();
    if left.is_empty() {
        return None;
    }
    let counts = |id: &ImporterId| id.is_root() || services.contains(id) || left.contains(id);
    let glob = |id: &ImporterId| {
        let folder = id.as_str().rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
        let folder = folder.filter(|folder| {
            let inside = |other: &ImporterId| {
                other.as_str().strip_prefix(folder).is_some_and(|name| !name.contains('/'))
            };
            manifests.keys().filter(|other| inside(other)).all(&counts)
        });
        folder.map_or_else(|| id.to_string(), |folder| format!("{folder}*"))
    };
    let globs: BTreeSet<String> = services.iter().chain(&left).filter(|id| !id.is_root()).map(glob).collect();
    let globs: Vec<String> = globs.into_iter().collect();
    Some(format!(
        "not built, though there is a start script: {}; services are looked for in services/ and apps/, unless they are named: [workspace] services = {globs:?}",
        listed(&left)
    ))
}

#[cfg(test)]
mod tests;
