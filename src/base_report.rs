//! What a base holds and where it comes from, as `fourply inspect --base` tells it. In: settings, the base, what it was made of. Out: data; its
//! JSON form is part of the program's contract.

use std::collections::BTreeMap;

use fourply_base::{Base, BaseSpec, Pins};
use fourply_blob::Digest;
use fourply_platform::Libc;
use fourply_rootfs::packages::ListedPackage;
use fourply_rootfs::{TreeKind, accounts};
use serde::Serialize;

use crate::settings::Settings;

/// See the module.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseReport {
    /// What `[base]` names.
    pub base: String,
    /// Of the image's manifest for the platform.
    pub digest: Option<Digest>,
    pub platform: String,
    /// As `os-release` calls it.
    pub system: Option<String>,
    pub libc: Option<StatedPart>,
    pub node: Option<StatedPart>,
    /// The bytes of all layers, compressed.
    pub size: u64,
    /// The bytes of all files.
    pub unpacked: u64,
    /// From the lowest to the topmost.
    pub layers: Vec<LayerReport>,
    pub users: Vec<UserReport>,
    pub packages: Vec<PackageReport>,
}

/// A part of a base: `musl` or `22.12.0`.
#[derive(Debug, Serialize)]
pub struct StatedPart {
    pub is: String,
    pub from: String,
}

/// One layer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerReport {
    pub digest: Digest,
    pub size: u64,
    /// What made it, as the history says.
    pub created_by: String,
}

/// One user of `/etc/passwd`.
#[derive(Debug, Serialize)]
pub struct UserReport {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub from: String,
}

/// One installed package.
#[derive(Debug, Serialize)]
pub struct PackageReport {
    #[serde(flatten)]
    pub package: ListedPackage,
    /// Where it was fetched from, or what had it.
    pub from: String,
}

impl BaseReport {
    /// The report of a base.
    pub(crate) fn new(settings: &Settings, base: &Base, pins: &Pins) -> BaseReport {
        let origins = Origins::new(settings, pins);
        let rootfs = &base.rootfs;
        let listed = fourply_apk::installed(rootfs).into_iter().chain(fourply_deb::installed(rootfs));
        let packages: Vec<PackageReport> = listed.map(|package| origins.package(package)).collect();
        BaseReport {
            base: origins.below.clone(),
            digest: base.digest,
            platform: settings.base.platform.to_string(),
            system: rootfs.os_release.get("PRETTY_NAME").cloned(),
            libc: rootfs.libc.map(|libc| origins.libc(libc, &packages)),
            node: rootfs.node.as_ref().map(|version| origins.node(version, &packages)),
            size: base.layers.iter().map(fourply_base::BaseLayer::size).sum(),
            unpacked: rootfs.entries.values().map(|entry| size_of(&entry.kind)).sum(),
            layers: layers(base),
            users: accounts::passwd(&rootfs.passwd).into_iter().map(|user| origins.user(user)).collect(),
            packages,
        }
    }
}

fn size_of(kind: &TreeKind) -> u64 {
    match kind {
        TreeKind::File(size) => *size,
        TreeKind::Directory | TreeKind::Symlink(_) | TreeKind::Other => 0,
    }
}

fn layers(base: &Base) -> Vec<LayerReport> {
    let history = base.config.history().iter().flatten().filter(|entry| entry.empty_layer() != Some(true));
    let mut told = history.map(|entry| entry.created_by().clone().unwrap_or_default());
    let layer = |layer: &fourply_base::BaseLayer| LayerReport {
        digest: layer.digest,
        size: layer.size(),
        created_by: told.next().unwrap_or_default(),
    };
    base.layers.iter().map(layer).collect()
}

/// Who brought what.
struct Origins<'s> {
    /// What lies below all that is added.
    below: String,
    /// The URLs of packages by name.
    urls: BTreeMap<&'s str, String>,
    /// The URL of npm's node.
    node: Option<&'s str>,
    /// Users that the configuration adds.
    users: Vec<&'s str>,
}

impl<'s> Origins<'s> {
    fn new(settings: &'s Settings, pins: &'s Pins) -> Origins<'s> {
        let apk = pins.apk.iter().flat_map(|apk| &apk.packages);
        let apk = apk.map(|pin| (pin.name.as_str(), pin.url.to_string()));
        let deb = pins.debian.iter().flat_map(|deb| &deb.packages);
        let deb = deb.map(|pin| (pin.name.as_str(), pin.url.to_string()));
        Origins {
            below: match &settings.base.spec {
                BaseSpec::Image(image) => format!("the image {image}"),
                BaseSpec::Rootfs(rootfs) => format!("the root file system {}", rootfs.location),
                BaseSpec::Debian(_) => "packages of Debian".to_owned(),
                BaseSpec::Alpine(_) => "packages of Alpine".to_owned(),
            },
            urls: apk.chain(deb).collect(),
            node: pins.node.as_ref().map(|node| node.tarball.as_str()),
            users: settings.base.added.setup.users.iter().filter_map(|user| user.name.as_deref()).collect(),
        }
    }

    fn package(&self, package: ListedPackage) -> PackageReport {
        let from = self.urls.get(package.name.as_str()).unwrap_or(&self.below).clone();
        PackageReport { package, from }
    }

    fn libc(&self, libc: Libc, packages: &[PackageReport]) -> StatedPart {
        let name = match libc {
            Libc::Musl => "musl",
            Libc::Glibc => "libc6",
        };
        StatedPart { is: libc.as_str().to_owned(), from: self.of_package(&[name], packages) }
    }

    fn node(&self, version: &str, packages: &[PackageReport]) -> StatedPart {
        let of_package = || self.of_package(&["nodejs", "nodejs-current", "nodejs-lts"], packages);
        StatedPart { is: version.to_owned(), from: self.node.map_or_else(of_package, str::to_owned) }
    }

    /// The package of one of these names, else what lies below.
    fn of_package(&self, names: &[&str], packages: &[PackageReport]) -> String {
        let found = packages.iter().find(|one| names.contains(&one.package.name.as_str()));
        found.map_or_else(
            || self.below.clone(),
            |PackageReport { package, from }| {
                format!("the package {} {}, {from}", package.name, package.version)
            },
        )
    }

    fn user(&self, user: accounts::Passwd) -> UserReport {
        let accounts::Passwd { name, uid, gid, home } = user;
        let is_added = self.users.contains(&name.as_str());
        let from = if is_added { "[base] users".to_owned() } else { self.below.clone() };
        UserReport { name, uid, gid, home, from }
    }
}
