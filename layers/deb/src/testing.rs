//! Packages made by the tests, byte by byte, so that they can be hostile.

use std::io::Write;
use std::path::PathBuf;

use fourply_blob::Digest;
use tar::EntryType;

use crate::resolution::DebPin;
use crate::scan::{Scanned, scan};
use fourply_testing::hostile::put;

/// A tar entry: its name as written, its kind, and its content or target.
pub(crate) type EntrySpec<'e> = (&'e str, EntryType, &'e str);

pub(crate) const DIRECTORY: EntryType = EntryType::Directory;
pub(crate) const FILE: EntryType = EntryType::Regular;
pub(crate) const SYMLINK: EntryType = EntryType::Symlink;
pub(crate) const HARDLINK: EntryType = EntryType::Link;

/// A tar with unchecked names.
pub(crate) fn tarball(entries: &[EntrySpec<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, kind, text) in entries {
        let mode = if *kind == DIRECTORY || name.ends_with(".sh") { 0o755 } else { 0o644 };
        let (content, target) = match *kind {
            FILE => (text.as_bytes(), ""),
            SYMLINK | HARDLINK => (&b""[..], *text),
            _ => (&b""[..], ""),
        };
        put(&mut tar, name, kind.as_byte(), mode, content, target);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// An ar archive of these members.
pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        writeln!(bytes, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", content.len()).unwrap();
        bytes.extend_from_slice(content);
        if content.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

/// A package `name` of version 1, with more control fields and these files.
pub(crate) fn deb(name: &str, fields: &str, data: &[EntrySpec<'_>]) -> Vec<u8> {
    let control = format!("Package: {name}\nVersion: 1\nArchitecture: all\n{fields}");
    let control = tarball(&[("./", DIRECTORY, ""), ("./control", FILE, &control)]);
    ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar", &tarball(data))])
}

/// A scanned package; errors as text.
pub(crate) fn scanned(name: &str, bytes: &[u8]) -> Result<Scanned, String> {
    // Each test has its own thread: its files exist while it runs.
    thread_local! {
        static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
        static COUNT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    let number = COUNT.replace(COUNT.get() + 1);
    let path: PathBuf = FOLDER.with(|folder| folder.path().join(format!("{name}-{number}.deb")));
    std::fs::write(&path, bytes).unwrap();
    let pin = DebPin {
        name: name.into(),
        version: "1".into(),
        architecture: "all".into(),
        url: format!("http://archive.example/pool/{name}_1_all.deb").parse().unwrap(),
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
    };
    scan(&path, &pin, true).map_err(|error| error.to_string())
}
