//! What the fuzz targets are given of this module: its readers with what they need beside the bytes.

use std::cmp::Ordering;
use std::path::Path;

use sha1::{Digest as _, Sha1};
use url::Url;

use super::file::{Apk, verify};
use super::info::Info;
use super::keys::Keyring;
use super::record::{Identity, parse_all};
use super::repository::Repository;
use super::scripts::Accounts;
use super::{index, members, version};

/// As [`version::compare`].
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    version::compare(one, other)
}

/// Reads an index that nobody signed.
pub(crate) fn index(bytes: &[u8]) {
    assert!(index::read("index", bytes, &Keyring::default(), "x86_64").is_err(), "nobody signed it");
}

/// The URLs of all packages of an index's text.
pub(crate) fn packages(text: &str, repository: &Url) -> Vec<Url> {
    let repository = Repository { url: repository.clone(), tag: None };
    let records = parse_all(text).unwrap_or_default();
    records
        .iter()
        .filter_map(|record| repository.package("x86_64", &record.name, &record.version).ok())
        .collect()
}

/// Reads a `.PKGINFO`, and the database's lines of it.
pub(crate) fn info(text: &str) {
    let Ok(info) = Info::parse(text) else { return };
    let lines = info.lines(&Identity([7; 20]), 1, "x86_64");
    match parse_all(&lines).as_deref() {
        Ok([record]) => assert_eq!((&record.name, &record.version), (&info.name, &info.version)),
        other => panic!("{other:?} of {lines:?}"),
    }
}

/// The paths in a package of whatever identity it has; its bytes lie in the file, too.
pub(crate) fn package(bytes: &[u8], file: &Path) -> Vec<String> {
    let _ = verify("package", bytes, &Identity([0; 20]), &Keyring::default());
    let length = members::first(bytes, 1 << 20).map_or(0, |(_, rest)| bytes.len() - rest.len());
    let identity = Identity(Sha1::digest(bytes.get(..length).unwrap_or_default()).into());
    let mut paths = Vec::new();
    if let Ok(mut data) = Apk::open(file, "package", &identity).and_then(|(apk, _)| apk.data()) {
        while let Ok(Some((_, path))) = data.next() {
            let _ = std::io::copy(&mut data.content(), &mut std::io::sink());
            paths.push(path);
        }
    }
    paths
}

/// The text of passwd after a script.
pub(crate) fn accounts(script: &[u8]) -> String {
    let mut accounts = Accounts { shadow: Some(String::new()), ..Accounts::default() };
    accounts.apply(script);
    accounts.passwd
}
