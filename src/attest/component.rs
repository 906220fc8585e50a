//! One component of an image: a package of the lockfile, of the workspace, of a tarball, or one that a script made. In: what a build hands over. Out: the
//! component, and the id that edges lead to.

use std::collections::BTreeSet;

use fourply_attest::{Component, Hash, Kind, Licence, Purl, public, public_key, public_path};
use fourply_blob::Digest;
use fourply_modules::PackageManifest;
use fourply_pnpm::{DepPath, ImporterId, Resolution};

use super::made::Made;
use crate::settings::ROOT_IN_IMAGE;

/// What edges lead to for a folder of the workspace.
pub(super) fn workspace_id(folder: &str) -> String {
    format!("workspace:{folder}")
}

/// A path of the image, as documents show it.
pub(super) fn in_image(path: &str) -> String {
    let path = public_path(path);
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
    // A package without a version has its URL in place of one.
    let version = public_key(package.map_or_else(|| path.version(), |package| &package.version));
    let version = version.as_str();
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
    let mut id = purl.to_string();
    // Any other key names another place: what is there may have a namesake in the registry.
    if path.package_key() != format!("{name}@{version}") {
        id = format!("{id}#{}", short(&made_of(path.package_key(), resolution)));
    }
    if let Some(hash) = &patch {
        id = format!("{id}#patch_hash={hash}");
    }
    Component {
        version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        purl: Some(purl),
        hashes,
        patch,
        ..Component::new(Kind::Npm, id, name)
    }
}

/// What a package is made of, as far as no secret is in it: its key, and what pins its files.
fn made_of(key: &str, resolution: Option<&Resolution>) -> String {
    let (pin, path) = match resolution {
        Some(Resolution::Registry { integrity } | Resolution::Binary { integrity, .. }) => {
            (integrity.as_str(), None)
        }
        Some(Resolution::Tarball { integrity, path, .. }) => {
            (integrity.as_deref().unwrap_or_default(), path.as_deref())
        }
        Some(Resolution::Git { commit, path, .. }) => (commit.as_str(), path.as_deref()),
        _ => ("", None),
    };
    format!("{}\n{pin}\n{}", public_key(key), path.unwrap_or_default())
}

/// A part of a text's hash.
fn short(text: &str) -> String {
    let mut hex = Digest::of(text.as_bytes()).hex();
    hex.truncate(16);
    hex
}

/// A package in the tarball of another, at its folder relative to the workspace's root. `owner` is the other's id, `folder` the other's folder: what lies in a
/// tarball may have a namesake elsewhere.
pub(super) fn bundled(manifest: &PackageManifest, owner: &str, folder: &str) -> Component {
    let purl = Purl::npm(&manifest.name, manifest.version.as_deref());
    let inside = manifest.folder.strip_prefix(folder).unwrap_or(&manifest.folder);
    let id = format!("{purl}#{}", short(&format!("{owner}\n{inside}")));
    Component {
        version: manifest.version.clone(),
        licence: manifest.licence.as_deref().and_then(Licence::read),
        paths: BTreeSet::from([in_image(&manifest.folder)]),
        purl: Some(purl),
        is_bundled: true,
        ..Component::new(Kind::Npm, id, &manifest.name)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str) -> PackageManifest {
        let (name, version) = ("is-number".to_owned(), Some("7.0.0".to_owned()));
        PackageManifest { folder: folder.to_owned(), name, version, licence: Some("MIT".to_owned()) }
    }

    #[test]
    fn namesakes_in_two_tarballs_are_two_components_and_copies_of_one_are_one() {
        let id = |owner: &str, host: &str, inside: &str| {
            bundled(&manifest(&format!("{host}/node_modules/{inside}")), owner, host).id
        };
        assert_eq!(id("pkg:npm/a@1", "x/a", "is-number"), id("pkg:npm/a@1", "y/a", "is-number"));
        assert_ne!(id("pkg:npm/a@1", "x/a", "is-number"), id("pkg:npm/b@1", "x/a", "is-number"));
        assert!(id("pkg:npm/a@1", "x/a", "is-number").starts_with("pkg:npm/is-number@7.0.0#"));
    }

    #[test]
    fn what_pins_a_package_tells_it_from_its_namesakes_and_no_secret_does() {
        let tarball = |integrity: &str| Resolution::Tarball {
            url: "file:vendor/fork.tgz".to_owned(),
            integrity: Some(integrity.to_owned()),
            path: None,
            git_hosted: false,
        };
        let of = |key: &str, integrity: &str| made_of(key, Some(&tarball(integrity)));
        assert_ne!(of("a@file:vendor/fork.tgz", "sha512-a"), of("a@file:vendor/fork.tgz", "sha512-b"));
        assert_ne!(of("a@file:vendor/fork.tgz", "sha512-a"), of("a@file:vendor/other.tgz", "sha512-a"));
        let shown = of("a@https://u:secret@h.example/a.tgz?token=secret", "sha512-a");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
