//! The packages of node_modules, and what their scripts downloaded. In: the closure, the inventory of the layers. Out: components and edges.

use std::collections::BTreeSet;

use fourply_attest::{Component, Contents, Hash, Kind, Licence, Purl};
use fourply_modules::{InstalledPackage, ModuleLayers, PackageManifest, Placement, manifests};
use fourply_pnpm::{DepPath, Dependency, Resolution};

use super::Made;
use super::workspace::{self, in_image};
use crate::Error;

/// What edges lead to for a package of the lockfile.
pub(super) fn id(made: &Made<'_>, path: &DepPath) -> String {
    component(made, path).id
}

/// Adds the packages that the layers hold.
pub(super) fn add(contents: &mut Contents, made: &Made<'_>, layers: &ModuleLayers) -> Result<(), Error> {
    let store = &made.context.store;
    let inventory = layers.inventory(store).ok_or_else(|| {
        Error::user(
            "what the layers hold is no longer in the store",
            "build again: somebody cleaned the store meanwhile",
        )
    })?;
    let mut own: Vec<Component> = inventory.packages.iter().map(|package| installed(made, package)).collect();
    for (number, placement, manifest) in manifests(&inventory, store)? {
        let Some(package) = own.get_mut(number) else { continue };
        match placement {
            Placement::Own => {
                package.licence = manifest.licence.as_deref().and_then(Licence::read);
                package.version = package.version.take().or(manifest.version);
            }
            Placement::Bundled => {
                let bundled = bundled(&manifest);
                contents.edge(&package.id, &bundled.id);
                contents.add(bundled);
            }
            Placement::Beside => {
                let beside = workspace::beside(&manifest);
                contents.edge(&package.id, &beside.id);
                contents.add(beside);
            }
        }
    }
    own.into_iter().for_each(|component| contents.add(component));
    for (path, package) in &made.production.packages {
        let from = id(made, path);
        for (_, to) in &package.children {
            let to = match to {
                Dependency::Package(path) => id(made, path),
                Dependency::Link(folder) => workspace::id(folder.as_str()),
            };
            contents.edge(&from, &to);
        }
    }
    Ok(())
}

fn installed(made: &Made<'_>, package: &InstalledPackage) -> Component {
    let paths = BTreeSet::from([in_image(&package.folder)]);
    Component { paths, ..component(made, &DepPath::new(package.dep_path.as_str())) }
}

/// A package as the lockfile tells it.
fn component(made: &Made<'_>, path: &DepPath) -> Component {
    let package = made.production.packages.get(path);
    let name = package.map_or_else(|| path.name(), |package| &package.name);
    let version = package.map_or_else(|| path.version(), |package| &package.version);
    let resolution = package.map(|package| &package.resolution);
    if let Some(Resolution::Directory { path }) = resolution {
        return workspace::component(made, path);
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
fn bundled(manifest: &PackageManifest) -> Component {
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

/// Adds the locked files that scripts of the image's packages downloaded.
pub(super) fn add_downloads(contents: &mut Contents, made: &Made<'_>) {
    let network = made.settings.install.network.within(made.workspace, made.production);
    for (owner, files) in network.lines() {
        let packages = made.production.packages.keys().filter(|path| path.package_key() == owner);
        let owners: Vec<String> = packages.map(|path| id(made, path)).collect();
        for (url, file) in files.iter().filter(|(_, file)| file.status == 200) {
            let before = url.split(['?', '#']).next().unwrap_or_default();
            let name = before.trim_end_matches('/').rsplit('/').next().unwrap_or(before);
            let purl = Purl::generic(name, None)
                .with("checksum", &file.sha256.to_string())
                .with_url("download_url", url);
            let component = Component {
                purl: Some(purl.clone()),
                hashes: BTreeSet::from([Hash::of(&file.sha256)]),
                ..Component::new(Kind::Download, purl.to_string(), name)
            };
            owners.iter().for_each(|owner| contents.edge(owner, &component.id));
            contents.edge(&workspace::id(&owner), &component.id);
            contents.add(component);
        }
    }
}
