//! This crate's parsers of external data, for the fuzz targets only. In: any bytes. Out: nothing; a violated property
//! panics.
#![allow(missing_docs)]

use std::path::Path;

use fourply_rootfs::fuzz::{Target, assert_is_normal, halves, in_file, orders, sealed};
use url::Url;

use crate::accounts::{Accounts, Rules};
use crate::control::Paragraphs;
use crate::deb::DebFile;
use crate::index::PackageIndex;
use crate::keyring::DebKeyring;
use crate::release::{self, Clock};
use crate::script::commands::follow;
use crate::script::system::{Outcome, System};
use crate::{relation, script, sources, version};

/// Each by its name.
pub const TARGETS: [(&str, Target); 6] = [
    ("deb-control", read_control),
    ("deb-package", read_package),
    ("deb-release", read_release),
    ("deb-script", read_script),
    ("deb-sources", read_sources),
    ("deb-version", |bytes| orders(bytes, version::compare)),
];

/// A script is followed to its end or is not understood; accounts stay lines of passwd and group.
fn read_script(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(nodes) = script::parse(&text) else { return };
    let start = Outcome {
        accounts: Accounts { group: "nogroup:x:65534:\n".into(), ..Accounts::default() },
        ..Outcome::default()
    };
    let Some(outcome) = follow(&nodes, &["configure".into(), String::new()], &Everything, start) else {
        return;
    };
    assert!(outcome.accounts.passwd.lines().all(|line| line.split(':').count() == 7), "{outcome:?}");
    assert!(outcome.accounts.group.lines().all(|line| line.split(':').count() == 4), "{outcome:?}");
    for path in outcome.touched.keys() {
        assert_is_normal(path.trim_start_matches('/'));
    }
}

/// A system that has every program and an empty root.
struct Everything;

impl System for Everything {
    fn is_folder(&self, _: &str) -> Option<bool> {
        None
    }
    fn is_link(&self, _: &str) -> bool {
        false
    }
    fn is_executable(&self, _: &str) -> bool {
        true
    }
    fn is_filled(&self, _: &str) -> bool {
        false
    }
    fn attributes(&self, _: &str) -> Option<(u32, u32, u32)> {
        None
    }
    fn rules(&self, _: &str) -> Option<Rules> {
        Some(Rules::Trixie)
    }
    fn sysusers(&self, name: &str) -> Option<String> {
        Some(name.replace(';', "\n"))
    }
    fn below(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Paragraphs that are written again as they were read are the same; packages of an index stay in their archive.
fn read_control(bytes: &[u8]) {
    let mut read = Paragraphs::new(bytes);
    while let Ok(Some(paragraph)) = read.next() {
        let text: String = paragraph.fields().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let again = Paragraphs::new(text.as_bytes()).next();
        assert_eq!(again.ok().flatten(), Some(paragraph), "{text:?}");
    }
    for relation in relation::parse(&String::from_utf8_lossy(bytes)).unwrap_or_default().into_iter().flatten()
    {
        assert!(relation::is_package_name(relation.name), "{relation:?}");
    }
    let Ok(archive) = Url::parse("http://archive.example/debian/") else { return };
    for url in packages(bytes, &archive) {
        let path = url.as_str().strip_prefix(archive.as_str());
        assert!(path.is_some_and(|path| !path.split('/').any(|part| part == "..")), "{url}");
    }
}

/// The URLs of all packages of an index.
fn packages(bytes: &[u8], archive: &Url) -> Vec<Url> {
    let mut index = PackageIndex::default();
    let _ = index.add(archive, "index", "amd64", bytes);
    index.all().filter_map(|package| index.url(package).ok()).collect()
}

/// A package as it is, and one with these control and data parts.
fn read_package(bytes: &[u8]) {
    let (control, data) = halves(bytes);
    let (control, data) = (sealed(control), sealed(data));
    let packed = ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar", &data)]);
    for package in [bytes, &packed] {
        let Some(file) = in_file(package) else { return };
        paths(file.path()).iter().for_each(|path| assert_is_normal(path));
    }
}

/// The paths in the package of a file.
fn paths(file: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let Ok(deb) = DebFile::open(file, "package") else { return paths };
    let _ = deb.control();
    if let Ok(mut data) = deb.data() {
        while let Ok(Some((_, path))) = data.next() {
            let _ = std::io::copy(&mut data.content(), &mut std::io::sink());
            paths.extend(path);
        }
    }
    paths
}

/// No InRelease is accepted if no key is trusted; the bytes are parsed as keys, too.
fn read_release(bytes: &[u8]) {
    let _ = DebKeyring::parse("keys", bytes);
    let keyring = DebKeyring::empty("keys");
    let release = release::read("release", bytes, "tiny", &keyring, Clock::OwnDate);
    assert!(release.is_err(), "nobody signed it");
}

/// Sources in both forms have no suite that is a path.
fn read_sources(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let suites = sources::suites(text, Path::new("/none"));
        assert!(suites.iter().all(|suite| !suite.ends_with('/')), "{suites:?}");
    }
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for (name, content) in members {
        archive
            .extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len()).bytes());
        archive.extend_from_slice(content);
        archive.extend(std::iter::repeat_n(b'\n', content.len() % 2));
    }
    archive
}
