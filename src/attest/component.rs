//! One component of an image: a package of the lockfile, of the workspace, of a tarball, or one that a script made. In: what a build hands over. Out: the
//! component, and the id that edges lead to.

use std::collections::BTreeSet;

use fourply_attest::{Component, Hash, Kind, Licence, Purl};
use fourply_modules::PackageManifest;
use fourply_pnpm::{DepPath, ImporterId, Resolution};

use super::made::Made;
use crate::settings::ROOT_IN_IMAGE;

/// What edges lead to for a folder of the workspace.
pub(super) fn workspace_id(folder: &str) -> String {
    format!("workspace:{folder}")
}

/// A path of the image.
pub(super) fn in_image(path: &str) -> String {
    if path.is_empty() || path == "." { ROOT_IN_IMAGE.to_owned() } else { format!("{ROOT_IN_IMAGE}/{path}") }
}

/// A package of the workspace. It has no package URL: no registry has it, and one that has a package of its name has another.
pub(super) fn workspace_component(made: &Made<'_>, folder: &str) -> Component {
    let importer = ImporterId::new(folder);
    let manifest = importer.as_ref().and_then(|importer| made.workspace.manifests.get(importer));
    let name = manifest.and_then(|manifest| manifest.name.as_deref()).unwrap_or(folder);
    let licence = manifest.and_then(|manifest| manifest.raw.get("license")?.as_str());
    Component {
        version: manifest.and_then(|manifest| manifest.version.clone()),
        licence: licence.and_then(Licence::read),
        ..Component::new(Kind::Workspace, workspace_id(folder), name)
    }
}

/// What edges lead to for a package of the lockfile.
pub(super) fn package_id(made: &Made<'_>, path: &DepPath) -> String {
    package_component(made, path).id
}

/// A package as the lockfile tells it.
pub(super) fn package_component(made: &Made<'_>, path: &DepPath) -> Component {
    let package = made.production.packages.get(path);
    let name = package.map_or_else(|| path.name(), |package| &package.name);
    let version = package.map_or_else(|| path.version(), |package| &package.version);
    let resolution = package.map(|package| &package.resolution);
    if let Some(Resolution::Directory { path }) = resolution {
        return workspace_component(made, path);
    }
    let purl = Purl::npm(name, Some(version));
    let (purl, hashes) = match resolution {
        Some(Resolution::Registry { integrity }) => (purl, Hash::of_integrity(integrity)),
        Some(Resolution::Tarball { url, integrity, .. }) => {
            let purl = if url.starts_with("http") { purl.with_url("download_url", url) } else { purl };
            (purl, integrity.as_deref().map(Hash::of_integrity).unwrap_or_default())
        }
        Some(Resolution::Binary { url, integrity }) => {
            (Purl::generic(name, Some(version)).with_url("download_url", url), Hash::of_integrity(integrity))
        }
        Some(Resolution::Git { repo, commit, .. }) => {
            let repo = if repo.starts_with("git") { repo.clone() } else { format!("git+{repo}") };
            (purl.with("vcs_url", &format!("{}@{commit}", public(&repo))), BTreeSet::new())
        }
        _ => (purl, BTreeSet::new()),
    };
    let patch = path.patch_hash().map(str::to_owned);
    let id = patch.as_ref().map_or_else(|| purl.to_string(), |hash| format!("{purl}#patch_hash={hash}"));
    Component {
        version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        purl: Some(purl),
        hashes,
        patch,
        ..Component::new(Kind::Npm, id, name)
    }
}

/// A repository's URL without a password.
fn public(repo: &str) -> String {
    let Some((scheme, rest)) = repo.split_once("://") else { return repo.to_owned() };
    match rest.split_once('@') {
        Some((_, host))
            if !scheme.contains("ssh") && !rest.split('@').next().unwrap_or_default().contains('/') =>
        {
            format!("{scheme}://{host}")
        }
        _ => repo.to_owned(),
    }
}

/// A package in the tarball of another, at its folder relative to the workspace's root.
pub(super) fn bundled(manifest: &PackageManifest) -> Component {
    let purl = Purl::npm(&manifest.name, manifest.version.as_deref());
    Component {
        version: manifest.version.clone(),
        licence: manifest.licence.as_deref().and_then(Licence::read),
        paths: BTreeSet::from([in_image(&manifest.folder)]),
        purl: Some(purl.clone()),
        is_bundled: true,
        ..Component::new(Kind::Npm, purl.to_string(), &manifest.name)
    }
}

/// A package that a script made, at its folder relative to the workspace's root.
pub(super) fn beside(manifest: &PackageManifest) -> Component {
    let path = in_image(&manifest.folder);
    Component {
        version: manifest.version.clone(),
        licence: manifest.licence.as_deref().and_then(Licence::read),
        paths: BTreeSet::from([path.clone()]),
        ..Component::new(Kind::Generated, format!("generated:{path}"), &manifest.name)
    }
}
