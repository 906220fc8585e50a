//! Converts lockfiles of version 6.0 to the form of 9.0: keys without the leading slash, snapshots separate from
//! packages.
//!
//! Source: pnpm 9's own conversion of package ids when it reads version 6.0 (`convertPkgIds`). Both therefore give the
//! same directory names.

use std::collections::BTreeMap;

use super::error::LockfileError;
use super::raw::{File, Map, Package, Resolution, Snapshot};
use crate::DepPath;

/// Rewrites the file in place.
pub(super) fn upgrade(file: &mut File) -> Result<(), LockfileError> {
    let old = std::mem::take(&mut file.packages);
    let ids = new_ids(&old)?;
    let (packages, snapshots) = split(old, &ids);
    file.packages = packages;
    file.snapshots = Some(snapshots);
    let lists = [&mut file.dependencies, &mut file.dev_dependencies, &mut file.optional_dependencies];
    let importers = file.importers.iter_mut().flat_map(BTreeMap::values_mut).flatten();
    let nested = importers
        .flat_map(|it| [&mut it.dependencies, &mut it.dev_dependencies, &mut it.optional_dependencies]);
    for list in lists.into_iter().chain(nested).flatten() {
        for (alias, dependency) in list {
            rename(alias, &mut dependency.version, &ids);
        }
    }
    Ok(())
}

/// Old key → new key, for whole keys and for keys without suffix.
fn new_ids(packages: &Map<Option<Package>>) -> Result<BTreeMap<String, String>, LockfileError> {
    let mut ids = BTreeMap::new();
    for (key, package) in packages {
        let old = DepPath::new(key.as_str());
        let (id, suffix) = (old.package_key(), old.suffix());
        let Some(new) = new_id(id, package.as_ref())? else { continue };
        ids.insert(key.clone(), format!("{new}{suffix}"));
        ids.insert(id.to_owned(), new);
    }
    Ok(ids)
}

fn new_id(id: &str, package: Option<&Package>) -> Result<Option<String>, LockfileError> {
    let Some((name, package)) = package.and_then(|package| Some((package.name.as_deref()?, package))) else {
        let wrong = || LockfileError::Entry {
            key: id.to_owned(),
            reason: "keys of version 6.0 must start with a slash".to_owned(),
        };
        return id.strip_prefix('/').map(|id| Some(id.to_owned())).ok_or_else(wrong);
    };
    Ok(origin(id, package.resolution.as_ref()).map(|origin| format!("{name}@{origin}")))
}

fn origin(id: &str, resolution: Option<&Resolution>) -> Option<String> {
    let resolution = resolution?;
    let path =
        |sign: &str| resolution.path.as_ref().map_or(String::new(), |path| format!("{sign}path:{path}"));
    if let Some(tarball) = &resolution.tarball {
        return Some(format!("{tarball}{}", path("#")));
    }
    if let (Some(repo), Some(commit)) = (&resolution.repo, &resolution.commit) {
        let scheme = if repo.contains("://") { "" } else { "https://" };
        let git = if repo.starts_with("git+") { "" } else { "git+" };
        return Some(format!("{git}{scheme}{repo}#{commit}{}", path("&")));
    }
    resolution.directory.as_ref().map(|_| id.to_owned())
}

fn split(
    old: Map<Option<Package>>,
    ids: &BTreeMap<String, String>,
) -> (Map<Option<Package>>, Map<Option<Snapshot>>) {
    let (mut packages, mut snapshots) = (BTreeMap::new(), BTreeMap::new());
    for (key, package) in old {
        let mut package = package.unwrap_or_default();
        let key = ids.get(&key).cloned().unwrap_or(key);
        let mut lists = [package.dependencies.take(), package.optional_dependencies.take()];
        for (alias, reference) in lists.iter_mut().flatten().flatten() {
            rename(alias, reference, ids);
        }
        let [dependencies, optional_dependencies] = lists;
        let base = DepPath::new(key.as_str()).package_key().to_owned();
        let transitive_peer_dependencies = package.transitive_peer_dependencies.take();
        let optional = package.optional;
        snapshots.insert(
            key,
            Some(Snapshot { dependencies, optional_dependencies, transitive_peer_dependencies, optional }),
        );
        package.requires_build = Some(package.requires_build.unwrap_or(false));
        packages.entry(base).or_insert(Some(package));
    }
    (packages, snapshots)
}

/// Replaces a reference that is an old key by the new key, without the name if the alias is the same.
fn rename(alias: &str, reference: &mut String, ids: &BTreeMap<String, String>) {
    if let Some(new) = ids.get(reference.as_str()) {
        let short = new.strip_prefix(alias).and_then(|rest| rest.strip_prefix('@'));
        *reference = short.unwrap_or(new).to_owned();
    }
}
