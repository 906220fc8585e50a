#![allow(clippy::unwrap_used)]

use fourply_platform::{Libc, elf};
use fourply_scripts::elf::inspect;
use fourply_testing::elf::{X64, shared_library};

use super::*;

fn native(path: &str, needed: &[&str]) -> NativeFile {
    let bytes = shared_library(X64, needed, Some("$ORIGIN/../lib"));
    let dynamic = elf::dynamic(&bytes);
    assert_eq!(
        (dynamic.needed.len(), dynamic.folders.as_slice()),
        (needed.len(), &["$ORIGIN/../lib".to_owned()][..])
    );
    NativeFile { path: path.to_owned(), binary: inspect(&bytes).unwrap(), dynamic }
}

fn group(name: &str, files: Vec<NativeFile>) -> NativeGroup {
    NativeGroup { name: name.to_owned(), files, optional: false }
}

/// The missing libraries, and whether the image may work without them.
fn lacking(groups: &[NativeGroup], libc: Libc) -> Vec<(String, String, bool)> {
    let base = BaseTree::from([
        ("lib64/libc.so.6", BaseNode::Link("x")),
        ("usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", BaseNode::File(false)),
        ("usr/lib/x86_64-linux-gnu/libstdc++.so.6", BaseNode::Link("libstdc++.so.6.0.30")),
        ("opt/own/libown.so", BaseNode::File(false)),
        ("usr/share/doc/libdoc.so.1", BaseNode::File(false)),
    ]);
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc, node: None };
    let found = missing(groups, &base, "/opt/own", &target);
    let named = found.into_iter().map(|finding| match finding {
        Finding::Library { path, library, spare, .. } => (path, library, spare),
        other => panic!("{other}"),
    });
    named.collect()
}

fn one(path: &str, library: &str, spare: bool) -> Vec<(String, String, bool)> {
    vec![(path.to_owned(), library.to_owned(), spare)]
}

#[test]
fn the_base_and_the_image_s_own_packages_have_libraries() {
    let sharp = group(
        "sharp",
        vec![native("a.node", &["libvips.so.42", "libstdc++.so.6", "ld-linux-x86-64.so.2", "libown.so"])],
    );
    let vips = group("vips", vec![native("lib/libvips.so.42", &["libc.so.6"])]);
    assert_eq!(lacking(&[sharp, vips], Libc::Glibc), []);
    let without = [group("sharp", vec![native("a.node", &["libc.so.6", "libvips.so.42"])])];
    assert_eq!(lacking(&without, Libc::Glibc), one("a.node", "libvips.so.42", false));
    // A folder that no loader searches does not count.
    let documents = [group("doc", vec![native("a.node", &["libdoc.so.1"])])];
    assert_eq!(lacking(&documents, Libc::Glibc), one("a.node", "libdoc.so.1", false));
}

#[test]
fn what_a_library_of_the_image_needs_is_needed_too() {
    let groups = [
        group("a", vec![native("a.node", &["libb.so"])]),
        group("b", vec![native("libb.so", &["libb.so", "libudev.so.1"])]),
    ];
    assert_eq!(lacking(&groups, Libc::Glibc), one("a.node", "libudev.so.1", false));
    // Nothing loads a library that is alone there, such as one for graphics cards.
    assert_eq!(lacking(&groups[1..], Libc::Glibc), []);
}

#[test]
fn a_module_that_has_a_fellow_or_is_optional_may_be_missed() {
    let two = [group("a", vec![native("1.node", &["libssl.so.1.1"]), native("3.node", &["libc.so.6"])])];
    assert_eq!(lacking(&two, Libc::Glibc), one("1.node", "libssl.so.1.1", true));
    let optional = [NativeGroup { optional: true, ..group("a", vec![native("1.node", &["libssl.so.1.1"])]) }];
    assert_eq!(lacking(&optional, Libc::Glibc), one("1.node", "libssl.so.1.1", true));
}

#[test]
fn musl_has_its_parts_in_its_loader_and_foreign_modules_are_none_of_this() {
    let musl =
        [group("a", vec![native("a.node", &["libc.musl-x86_64.so.1", "libpthread.so.0", "libm.so.6"])])];
    assert_eq!(lacking(&musl, Libc::Musl), []);
    let foreign = [group("a", vec![native("a.node", &["libc.so.6", "libnone.so"])])];
    assert_eq!(lacking(&foreign, Libc::Musl), []);
}
