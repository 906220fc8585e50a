//! The readers of what comes from outside, open to the fuzz targets and to nothing else. Comes in: any bytes. Goes out: nothing; a
//! panic where something does not hold that must hold whatever the bytes are.
#![allow(missing_docs)]

use std::cmp::Ordering;
use std::io::{Cursor, Read as _};
use std::path::Path;

use url::Url;

use crate::facts::FactKind;
use crate::tarball::normalise;
use crate::{apk, debian, facts};

/// A reader, given any bytes.
pub type Target = fn(&[u8]);

/// Each by its name.
pub const TARGETS: [(&str, Target); 11] = [
    ("apk-index", apk_index),
    ("apk-info", apk_info),
    ("apk-package", apk_package),
    ("apk-script", apk_script),
    ("apk-version", |bytes| orders(bytes, apk::fuzz::compare)),
    ("deb-control", deb_control),
    ("deb-package", deb_package),
    ("deb-release", deb_release),
    ("deb-sources", deb_sources),
    ("deb-version", |bytes| orders(bytes, debian::fuzz::compare)),
    ("layer", layer),
];

/// An index as it is signed, and its text alone: a package's URL stays below its repository.
fn apk_index(bytes: &[u8]) {
    apk::fuzz::index(bytes);
    let (Ok(text), Ok(folder)) = (std::str::from_utf8(bytes), Url::parse("http://mirror.example/main/"))
    else {
        return;
    };
    for url in apk::fuzz::packages(text, &folder) {
        let below = url.as_str().strip_prefix("http://mirror.example/main/x86_64/");
        assert!(below.is_some_and(|name| !name.contains('/')), "{url}");
    }
}

/// What a `.PKGINFO` says of a package, the database says again.
fn apk_info(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        apk::fuzz::info(text);
    }
}

/// A package as it is, and one of such control and data parts.
fn apk_package(bytes: &[u8]) {
    let (control, data) = halves(bytes);
    let packed = [gzip(&sealed(control)), gzip(&sealed(data))].concat();
    for package in [bytes, &packed] {
        let Some(file) = in_file(package) else { return };
        for path in apk::fuzz::package(package, file.path()) {
            assert_eq!(normalise(&path), Ok(Some(path.clone())));
        }
    }
}

/// Whatever a script adds, a line of passwd has seven fields.
fn apk_script(bytes: &[u8]) {
    for line in apk::fuzz::accounts(bytes).lines() {
        assert_eq!(line.split(':').count(), 7, "{line:?}");
    }
}

/// An order is one both ways, and one with itself.
fn orders(bytes: &[u8], compare: fn(&str, &str) -> Ordering) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let versions: Vec<&str> = text.lines().take(4).collect();
    for one in &versions {
        assert_eq!(compare(one, one), Ordering::Equal, "{one:?}");
        for other in &versions {
            assert_eq!(compare(one, other), compare(other, one).reverse(), "{one:?} {other:?}");
        }
    }
}

/// Paragraphs that are written again as they were read are the same; packages of an index stay in their archive.
fn deb_control(bytes: &[u8]) {
    debian::fuzz::paragraphs(bytes);
    debian::fuzz::relations(&String::from_utf8_lossy(bytes));
    let Ok(archive) = Url::parse("http://archive.example/debian/") else { return };
    for url in debian::fuzz::packages(bytes, &archive) {
        let path = url.as_str().strip_prefix(archive.as_str());
        assert!(path.is_some_and(|path| !path.split('/').any(|part| part == "..")), "{url}");
    }
}

/// A package as it is, and one of such control and data parts.
fn deb_package(bytes: &[u8]) {
    let (control, data) = halves(bytes);
    let (control, data) = (sealed(control), sealed(data));
    let packed = ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar", &data)]);
    for package in [bytes, &packed] {
        let Some(file) = in_file(package) else { return };
        for path in debian::fuzz::package(file.path()) {
            assert_eq!(normalise(&path), Ok(Some(path.clone())));
        }
    }
}

/// Nothing is taken that no key has signed.
fn deb_release(bytes: &[u8]) {
    assert!(!debian::fuzz::is_trusted(bytes), "nobody signed it");
}

/// Sources of both forms have no suite that is a path.
fn deb_sources(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let suites = debian::fuzz::sources(text, Path::new("/none"));
        assert!(suites.iter().all(|suite| !suite.ends_with('/')), "{suites:?}");
    }
}

/// Two layers, one upon the other: all that is in the tree lies in a folder of it, below the root.
fn layer(bytes: &[u8]) {
    let (lower, upper) = halves(bytes);
    let layers = [sealed(lower), sealed(upper)];
    for entries in [facts::fuzz::merged(&[bytes]), facts::fuzz::merged(&[&layers[0], &layers[1]])] {
        for path in entries.keys() {
            assert_eq!(normalise(path), Ok(Some(path.clone())));
            let parent =
                path.rsplit_once('/').map(|(parent, _)| entries.get(parent).map(|entry| &entry.kind));
            assert!(parent.is_none_or(|kind| kind == Some(&FactKind::Directory)), "{path:?}");
        }
    }
}

/// The bytes in two, where the first of them says.
fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((at, rest)) = bytes.split_first() else { return (bytes, bytes) };
    rest.split_at((usize::from(*at) * 512).min(rest.len()))
}

/// The checksum of each header made right, since nothing behind a wrong one is ever read.
pub fn sealed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block.get(257..262) == Some(b"ustar")) {
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
            .sum();
        let text = format!("{sum:06o}\0 ");
        if let Some(field) = block.get_mut(148..156) {
            field.copy_from_slice(text.as_bytes());
        }
    }
    tar
}

/// The bytes in a file, for readers of files; nothing where none can be made.
fn in_file(bytes: &[u8]) -> Option<tempfile::NamedTempFile> {
    let file = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(file.path(), bytes).ok()?;
    Some(file)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let _ = flate2::read::GzEncoder::new(Cursor::new(bytes), flate2::Compression::fast())
        .read_to_end(&mut packed);
    packed
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
