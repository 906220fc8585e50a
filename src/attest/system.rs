//! What the base brings: its distribution, the packages of its database, node, and packages of npm's beside it. In: rootfs metadata, what was resolved.
//! Out: components.

use std::collections::{BTreeMap, BTreeSet};

use fourply_attest::{Component, Contents, Hash, Kind, Licence, Purl, public_path};
use fourply_base::Pins;
use fourply_modules::PackageManifest;
use fourply_rootfs::packages::ListedPackage;
use fourply_rootfs::{DEFAULT_PATH, RootfsMetadata};

use super::layer_packages;
use super::made::Made;
use crate::Error;
use crate::settings::ROOT_IN_IMAGE;

/// Packages of distributions that are node itself.
const NODES: [&str; 3] = ["nodejs", "nodejs-current", "nodejs-lts"];

/// Adds what the databases tell, and node.
pub(super) fn add(contents: &mut Contents, rootfs: &RootfsMetadata, pins: Option<&Pins>) {
    let system = System::of(rootfs);
    if let Some(component) = system.component() {
        contents.add(component);
    }
    let hashes = fetched(pins);
    let (apks, debs) = (fourply_apk::installed(rootfs), fourply_deb::installed(rootfs));
    let has_node = apks.iter().chain(&debs).any(|package| NODES.contains(&package.name.as_str()));
    for (kind, package) in
        apks.into_iter().map(|one| (Kind::Apk, one)).chain(debs.into_iter().map(|one| (Kind::Deb, one)))
    {
        let known = (package.name.clone(), package.version.clone());
        let hashes = hashes.get(&known).cloned().into_iter().collect();
        contents.add(Component { hashes, ..system.package(kind, &package) });
    }
    if let Some(version) = rootfs.node.as_deref().filter(|_| !has_node) {
        contents.add(node(version, rootfs, pins));
    }
}

struct System<'r> {
    id: &'r str,
    version: &'r str,
    /// `debian-12`; nothing where the base does not say.
    distribution: String,
}

impl<'r> System<'r> {
    fn of(rootfs: &'r RootfsMetadata) -> System<'r> {
        let field = |name: &str| rootfs.os_release.get(name).map(String::as_str).unwrap_or_default();
        let (id, version) = (field("ID"), field("VERSION_ID"));
        let distribution = match (id, version) {
            ("", _) => String::new(),
            (id, "") => id.to_owned(),
            (id, version) => format!("{id}-{version}"),
        };
        System { id, version, distribution }
    }

    fn component(&self) -> Option<Component> {
        let version = Some(self.version.to_owned()).filter(|version| !version.is_empty());
        let component = Component::new(Kind::System, format!("os:{}", self.distribution), self.id);
        (!self.id.is_empty()).then_some(Component { version, ..component })
    }

    fn package(&self, kind: Kind, package: &ListedPackage) -> Component {
        let ListedPackage { name, version, architecture, source, licence, .. } = package;
        let purl = match kind {
            Kind::Apk => Purl::apk(if self.id.is_empty() { "alpine" } else { self.id }, name, version),
            _ => Purl::deb(if self.id.is_empty() { "debian" } else { self.id }, name, version),
        };
        let purl = purl.with("arch", architecture).with("distro", &self.distribution);
        // The name by which advisories of distributions go.
        let purl =
            purl.with("upstream", source.as_deref().filter(|source| source != name).unwrap_or_default());
        Component {
            version: Some(version.clone()),
            licence: licence.as_deref().and_then(Licence::read),
            purl: Some(purl.clone()),
            ..Component::new(kind, purl.to_string(), name)
        }
    }
}

/// The hashes of the files that packages came in, by name and version.
fn fetched(pins: Option<&Pins>) -> BTreeMap<(String, String), Hash> {
    let apk = pins.and_then(|pins| pins.apk.as_ref()).into_iter().flat_map(|apk| &apk.packages);
    let apk = apk.map(|pin| ((pin.name.clone(), pin.version.clone()), Hash::of(&pin.sha256)));
    let deb = pins.and_then(|pins| pins.debian.as_ref()).into_iter().flat_map(|deb| &deb.packages);
    let deb = deb.map(|pin| ((pin.name.clone(), pin.version.clone()), Hash::of(&pin.sha256)));
    apk.chain(deb).collect()
}

/// Node, where no package of the distribution is it.
fn node(version: &str, rootfs: &RootfsMetadata, pins: Option<&Pins>) -> Component {
    let pin = pins.and_then(|pins| pins.node.as_ref()).filter(|node| node.version == version);
    let purl = Purl::generic("node", Some(version));
    let purl = pin.iter().fold(purl, |purl, node| purl.with_url("download_url", &node.tarball));
    Component {
        version: Some(version.to_owned()),
        // Source: NVD's dictionary of products, nodejs:node.js.
        cpe: Some(format!("cpe:2.3:a:nodejs:node.js:{version}:*:*:*:*:*:*:*")),
        hashes: pin.map(|node| Hash::of_integrity(&node.integrity)).unwrap_or_default(),
        paths: rootfs.which("node", DEFAULT_PATH).into_iter().collect(),
        purl: Some(purl.clone()),
        ..Component::new(Kind::Program, purl.to_string(), "node")
    }
}

/// Adds the packages of npm's that the base has, such as npm itself.
pub(super) fn add_packages_of_npm(contents: &mut Contents, made: &Made<'_>) -> Result<(), Error> {
    let place = format!("{}/", ROOT_IN_IMAGE.trim_start_matches('/'));
    let is_hidden = |path: &str| {
        let inside = path.strip_prefix(&place).unwrap_or_default();
        made.hidden.iter().any(|hidden| {
            let hidden = hidden.strip_prefix(&place).unwrap_or(hidden);
            inside == hidden || inside.strip_prefix(hidden).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    for manifest in layer_packages::of_base(made.context, made.base)? {
        if !is_hidden(&manifest.folder) {
            contents.add(of_npm(&manifest));
        }
    }
    Ok(())
}

/// A package of npm's that no plan knows, at its place from the image's root. Nothing but its package.json tells it from a namesake, so what that says of the
/// licence is a part of its id.
pub(super) fn of_npm(manifest: &PackageManifest) -> Component {
    let purl = Purl::npm(&manifest.name, manifest.version.as_deref());
    let licence = manifest.licence.as_deref().and_then(Licence::read);
    let id = format!("{purl}#found:{}", licence.as_ref().map_or("", Licence::text));
    Component {
        version: manifest.version.clone(),
        licence,
        paths: BTreeSet::from([format!("/{}", public_path(&manifest.folder))]),
        purl: Some(purl),
        ..Component::new(Kind::Npm, id, &manifest.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namesakes_with_other_licences_are_components_of_their_own() {
        let of = |folder: &str, licence: Option<&str>| {
            of_npm(&PackageManifest {
                folder: folder.to_owned(),
                name: "a".to_owned(),
                version: Some("1.0.0".to_owned()),
                licence: licence.map(str::to_owned),
            })
        };
        let mut contents = Contents::default();
        contents.add(of("x/node_modules/a", Some("MIT")));
        contents.add(of("y/node_modules/a", Some("MIT")));
        contents.add(of("z/node_modules/a", Some("GPL-3.0-only")));
        contents.add(of("w/node_modules/a", None));
        let paths: Vec<usize> = contents.components().map(|one| one.paths.len()).collect();
        assert_eq!(paths, [1, 1, 2]);
    }
}
