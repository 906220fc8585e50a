//! This crate's parsers of external data, for the fuzz targets only. In: any bytes. Out: nothing; a violated property
//! panics.
#![allow(missing_docs)]

use std::io::{Cursor, Read as _};
use std::path::Path;

use fourply_rootfs::fuzz::{Target, assert_is_normal, halves, in_file, orders, sealed};
use sha1::{Digest as _, Sha1};
use url::Url;

use crate::file::{ApkFile, verify};
use crate::info::Info;
use crate::keys::ApkKeyring;
use crate::record::{Identity, parse_all};
use crate::repository::ApkRepository;
use crate::scripts::Accounts;
use crate::{index, members, version};

/// Each by its name.
pub const TARGETS: [(&str, Target); 5] = [
    ("apk-index", read_index),
    ("apk-info", read_info),
    ("apk-package", read_package),
    ("apk-script", run_script),
    ("apk-version", |bytes| orders(bytes, version::compare)),
];

/// A signed index, and its text alone: a package's URL stays below its repository.
fn read_index(bytes: &[u8]) {
    assert!(index::read("index", bytes, &ApkKeyring::default(), "x86_64").is_err(), "nobody signed it");
    let (Ok(text), Ok(folder)) = (std::str::from_utf8(bytes), Url::parse("http://mirror.example/main/"))
    else {
        return;
    };
    for url in packages(text, folder) {
        let below = url.as_str().strip_prefix("http://mirror.example/main/x86_64/");
        assert!(below.is_some_and(|name| !name.contains('/')), "{url}");
    }
}

/// The URLs of all packages of an index's text.
fn packages(text: &str, url: Url) -> Vec<Url> {
    let repository = ApkRepository { url, tag: None };
    let records = parse_all(text).unwrap_or_default();
    records
        .iter()
        .filter_map(|record| repository.package("x86_64", &record.name, &record.version).ok())
        .collect()
}

/// The data of a `.PKGINFO` is the same in the database.
fn read_info(bytes: &[u8]) {
    let Some(info) = std::str::from_utf8(bytes).ok().and_then(|text| Info::parse(text).ok()) else { return };
    let lines = info.lines(&Identity([7; 20]), 1, "x86_64");
    match parse_all(&lines).as_deref() {
        Ok([record]) => assert_eq!((&record.name, &record.version), (&info.name, &info.version)),
        other => panic!("{other:?} of {lines:?}"),
    }
}

/// A package as it is, and one with these control and data parts.
fn read_package(bytes: &[u8]) {
    let (control, data) = halves(bytes);
    let packed = [gzip(&sealed(control)), gzip(&sealed(data))].concat();
    for package in [bytes, &packed] {
        let Some(file) = in_file(package) else { return };
        paths(package, file.path()).iter().for_each(|path| assert_is_normal(path));
    }
}

/// The paths in a package of any identity; its bytes are in the file, too.
fn paths(bytes: &[u8], file: &Path) -> Vec<String> {
    let _ = verify("package", bytes, &Identity([0; 20]), &ApkKeyring::default());
    let length = members::first(bytes, 1 << 20).map_or(0, |(_, rest)| bytes.len() - rest.len());
    let identity = Identity(Sha1::digest(bytes.get(..length).unwrap_or_default()).into());
    let mut paths = Vec::new();
    if let Ok(mut data) = ApkFile::open(file, "package", &identity).and_then(|(apk, _)| apk.data()) {
        while let Ok(Some((_, path))) = data.next() {
            let _ = std::io::copy(&mut data.content(), &mut std::io::sink());
            paths.push(path);
        }
    }
    paths
}

/// Whatever a script adds, a line of passwd has seven fields.
fn run_script(bytes: &[u8]) {
    let mut accounts = Accounts { shadow: Some(String::new()), ..Accounts::default() };
    let _ = accounts.apply(bytes);
    for line in accounts.passwd.lines() {
        assert_eq!(line.split(':').count(), 7, "{line:?}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let _ = flate2::read::GzEncoder::new(Cursor::new(bytes), flate2::Compression::fast())
        .read_to_end(&mut packed);
    packed
}
