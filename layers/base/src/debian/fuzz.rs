//! What the fuzz targets are given of this module: its readers with what they need beside the bytes.

use std::cmp::Ordering;
use std::path::Path;

use url::Url;

use super::control::Paragraphs;
use super::deb::Deb;
use super::index::Index;
use super::keyring::Keyring;
use super::release::{self, Clock};
use super::{relation, sources, version};

/// As [`version::compare`].
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    version::compare(one, other)
}

/// Reads paragraphs, and what they are when they are written.
pub(crate) fn paragraphs(bytes: &[u8]) {
    let mut read = Paragraphs::new(bytes);
    while let Ok(Some(paragraph)) = read.next() {
        let text: String = paragraph.fields().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let again = Paragraphs::new(text.as_bytes()).next();
        assert_eq!(again.ok().flatten(), Some(paragraph), "{text:?}");
    }
}

/// Reads a field of relations.
pub(crate) fn relations(text: &str) {
    for relation in relation::parse(text).unwrap_or_default().into_iter().flatten() {
        assert!(relation::is_package_name(relation.name), "{relation:?}");
    }
}

/// The URLs of all packages of an index.
pub(crate) fn packages(bytes: &[u8], archive: &Url) -> Vec<Url> {
    let mut index = Index::default();
    let _ = index.add(archive, "index", "amd64", bytes);
    index.all().filter_map(|package| index.url(package).ok()).collect()
}

/// The paths in the package of a file.
pub(crate) fn package(file: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let Ok(deb) = Deb::open(file, "package") else { return paths };
    let _ = deb.control();
    if let Ok(mut data) = deb.data() {
        while let Ok(Some((_, path))) = data.next() {
            let _ = std::io::copy(&mut data.content(), &mut std::io::sink());
            paths.extend(path);
        }
    }
    paths
}

/// Whether an InRelease is taken where no key is trusted; the bytes as keys, too.
pub(crate) fn is_trusted(bytes: &[u8]) -> bool {
    let _ = Keyring::parse("keys", bytes);
    let keyring = Keyring::empty("keys");
    release::read("release", bytes, "tiny", &keyring, Clock::OwnDate).is_ok()
}

/// The suites of sources, in either form.
pub(crate) fn sources(text: &str, root: &Path) -> Vec<String> {
    sources::suites(text, root)
}
