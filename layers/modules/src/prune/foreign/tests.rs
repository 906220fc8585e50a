#![allow(clippy::unwrap_used)]

use fourply_platform::Libc;
use fourply_pnpm::Target;
use fourply_store::{PackBuilder, Store};
use fourply_testing::elf::{ARM64, X64, shared_library};

use super::foreign;

const GLIBC: &str = "libc.so.6";
const MUSL: &str = "libc.musl-x86_64.so.1";

fn target(libc: Libc) -> Target {
    Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc, node: None }
}

/// The removed files of a package with this manifest and these files.
fn gone(manifest: &str, files: &[(&str, Vec<u8>)], libc: Libc) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut builder = PackBuilder::new();
    builder.add_file("package.json", false, manifest.into()).unwrap();
    for (path, bytes) in files {
        builder.add_file(path, !path.contains('.'), bytes.clone()).unwrap();
    }
    let pack = builder.finish(&store).unwrap();
    foreign(&pack, &target(libc)).unwrap().into_iter().map(str::to_owned).collect()
}

fn library(machine: u16, libc: &str) -> Vec<u8> {
    shared_library(machine, &[libc], None)
}

#[test]
fn a_package_for_the_other_c_library_goes_as_a_whole() {
    let manifest = r#"{"os": ["linux"], "cpu": ["x64"], "libc": ["musl"]}"#;
    let files = [
        ("lib/a.so.42", library(X64, MUSL)),
        ("lib/include/a.h", b"int a;".to_vec()),
        ("a.js", b"1".to_vec()),
    ];
    assert_eq!(
        gone(manifest, &files, Libc::Glibc),
        ["a.js", "lib/a.so.42", "lib/include/a.h", "package.json"]
    );
    assert_eq!(gone(manifest, &files, Libc::Musl), [""; 0]);
    // A binary without a C library counts as what its package claims.
    let bare = [("a.node", shared_library(X64, &["libgcc_s.so.1"], None))];
    assert_eq!(gone(manifest, &bare, Libc::Glibc), ["a.node", "package.json"]);
}

#[test]
fn a_package_without_libc_is_told_by_its_binaries() {
    // As in npm's abbreviated metadata and in some packages.
    let manifest = r#"{"os": ["linux"], "cpu": ["x64"], "main": "a.node"}"#;
    let files = [("a.node", library(X64, MUSL)), ("readme.js", b"1".to_vec())];
    assert_eq!(gone(manifest, &files, Libc::Glibc), ["a.node"]);
    assert_eq!(gone(manifest, &files, Libc::Musl), [""; 0]);
}

#[test]
fn of_several_binaries_those_that_fit_stay() {
    let files = [
        ("bin/linux-arm64.node", library(ARM64, GLIBC)),
        ("bin/linux-x64-glibc.node", library(X64, GLIBC)),
        ("bin/linux-x64-musl.node", library(X64, MUSL)),
        ("bin/mac.node", vec![0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0]),
        ("bin/tool", library(ARM64, GLIBC)),
        ("bin/win.node", b"MZ\x90\0".to_vec()),
        ("cli", b"#!/usr/bin/env node\n".to_vec()),
    ];
    let expected =
        ["bin/linux-arm64.node", "bin/linux-x64-musl.node", "bin/mac.node", "bin/tool", "bin/win.node"];
    assert_eq!(gone("{}", &files, Libc::Glibc), expected);
}

#[test]
fn nothing_goes_of_a_package_that_is_for_any_machine_and_has_nothing_that_fits() {
    // It may have another way, or the base may have what it needs; there is a warning.
    assert_eq!(gone("{}", &[("a.node", library(X64, GLIBC))], Libc::Musl), [""; 0]);
    assert_eq!(gone(r#"{"os": ["darwin"]}"#, &[("index.js", b"1".to_vec())], Libc::Glibc), [""; 0]);
    assert_eq!(gone("no JSON", &[("a.node", b"text".to_vec())], Libc::Glibc), [""; 0]);
}
