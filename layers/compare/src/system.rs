//! Packages of the distribution. In: databases of installed packages, and explicitly requested packages: in commands of
//! the image's history, in apk's `world`, or in a Dockerfile. Out: those that the new image lacks. Packages installed
//! as dependencies are no evidence.

use std::collections::BTreeSet;

use fourply_dockerfile::{Manager, Ran};
use fourply_rootfs::RootfsMetadata;

use crate::model::{Note, Unneeded};

/// The packages of a root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packages {
    pub manager: Manager,
    pub installed: BTreeSet<String>,
}

/// Further facts about both sides.
pub(crate) struct Uses<'a> {
    /// The words of the team's health check.
    pub their_health: &'a str,
    pub we_check: bool,
    pub we_have_init: bool,
}

impl Packages {
    pub(crate) fn of(rootfs: &RootfsMetadata) -> Option<Packages> {
        let text = |path: &str| rootfs.content(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        if let Some(text) = text("lib/apk/db/installed") {
            let installed =
                text.lines().filter_map(|line| line.strip_prefix("P:")).map(str::to_owned).collect();
            return Some(Packages { manager: Manager::Apk, installed });
        }
        let status = |path: &&String| {
            let separate = path.strip_prefix("var/lib/dpkg/status.d/");
            *path == "var/lib/dpkg/status" || separate.is_some_and(|name| !name.ends_with(".md5sums"))
        };
        let files = rootfs.databases.iter().filter(|(path, _)| status(path));
        let texts: Vec<String> =
            files.map(|(_, bytes)| String::from_utf8_lossy(&bytes.0).into_owned()).collect();
        let installed = texts.iter().flat_map(|text| text.split("\n\n")).filter_map(installed).collect();
        (!texts.is_empty()).then_some(Packages { manager: Manager::Apt, installed })
    }
}

/// The package name of one paragraph of dpkg's database, if it is installed.
fn installed(paragraph: &str) -> Option<String> {
    let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let there = field("Status").is_none_or(|status| status.trim_end().ends_with(" installed"));
    field("Package").filter(|_| there).map(|name| name.trim().to_owned())
}

/// The world of Alpine's own image, which no team requested. Source: alpine-minirootfs, etc/apk/world.
const ALPINE: [&str; 6] =
    ["alpine-baselayout", "alpine-keys", "alpine-release", "apk-tools", "busybox", "libc-utils"];

/// The packages that an image requested.
pub(crate) fn asked(rootfs: &RootfsMetadata, history: &Ran) -> (Option<Manager>, BTreeSet<String>) {
    let Some(packages) = Packages::of(rootfs) else { return (None, BTreeSet::new()) };
    let told = history.packages.get(&packages.manager).cloned().unwrap_or_default();
    let world = || {
        let text = String::from_utf8_lossy(rootfs.content("etc/apk/world").unwrap_or_default()).into_owned();
        let name = |word: &str| word.split(['=', '~', '<', '>', '@']).next().unwrap_or_default().to_owned();
        text.split_whitespace().map(name).filter(|name| !ALPINE.contains(&name.as_str())).collect()
    };
    let asked: BTreeSet<String> = if told.is_empty() { world() } else { told };
    (Some(packages.manager), asked.intersection(&packages.installed).cloned().collect())
}

/// The requested packages that the new image lacks.
pub(crate) fn missing(
    manager: Option<Manager>,
    asked: &BTreeSet<String>,
    ours: &RootfsMetadata,
    uses: &Uses<'_>,
    notes: &mut Vec<Note>,
) -> BTreeSet<String> {
    let own = Packages::of(ours);
    let known = |name: &String| own.as_ref().is_some_and(|own| own.installed.contains(name));
    let mut lacking: BTreeSet<String> = asked.iter().filter(|name| !known(name)).cloned().collect();
    for why in [Unneeded::Toolchain, Unneeded::Init, Unneeded::Health] {
        let (packages, rest) = lacking.into_iter().partition(|name| uses.unneeded(name) == Some(why));
        lacking = rest;
        let packages: BTreeSet<String> = packages;
        if !packages.is_empty() {
            notes.push(Note::Unneeded { packages, why });
        }
    }
    match (&own, manager) {
        _ if lacking.is_empty() => lacking,
        (None, _) => {
            notes.push(Note::NoDatabase { packages: lacking });
            BTreeSet::new()
        }
        (Some(own), Some(manager)) if own.manager != manager => translated(own, lacking, notes),
        _ => lacking,
    }
}

impl Uses<'_> {
    fn unneeded(&self, name: &str) -> Option<Unneeded> {
        const TOOLS: [&str; 17] = [
            "python",
            "python3",
            "make",
            "g++",
            "gcc",
            "build-base",
            "build-essential",
            "cmake",
            "autoconf",
            "automake",
            "libtool",
            "pkgconf",
            "pkg-config",
            "linux-headers",
            "musl-dev",
            "py3-setuptools",
            "python3-pip",
        ];
        match name {
            "curl" | "wget" if self.we_check && self.their_health.contains(name) => Some(Unneeded::Health),
            "tini" | "dumb-init" if self.we_have_init => Some(Unneeded::Init),
            name if TOOLS.contains(&name) || name.ends_with("-dev") => Some(Unneeded::Toolchain),
            _ => None,
        }
    }
}

/// Packages with the same name in Alpine and Debian.
const SAME: [&str; 20] = [
    "bash",
    "busybox",
    "ca-certificates",
    "chromium",
    "curl",
    "dumb-init",
    "ffmpeg",
    "fontconfig",
    "ghostscript",
    "git",
    "graphicsmagick",
    "imagemagick",
    "jq",
    "openssl",
    "poppler-utils",
    "tini",
    "tzdata",
    "unzip",
    "wget",
    "zip",
];
/// Alpine's replacements for glibc.
const LIBC: [&str; 5] = ["libc6-compat", "gcompat", "musl", "libstdc++", "libgcc"];

/// Names of another distribution: only those with the same name here count.
fn translated(own: &Packages, lacking: BTreeSet<String>, notes: &mut Vec<Note>) -> BTreeSet<String> {
    let (same, rest): (BTreeSet<String>, BTreeSet<String>) =
        lacking.into_iter().partition(|name| SAME.contains(&name.as_str()));
    let glibc = own.manager == Manager::Apt;
    let packages: BTreeSet<String> =
        rest.into_iter().filter(|name| !(glibc && LIBC.contains(&name.as_str()))).collect();
    if !packages.is_empty() {
        notes.push(Note::OtherDistribution { packages });
    }
    same
}

#[cfg(test)]
mod tests;
