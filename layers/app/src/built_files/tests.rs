#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use super::*;
use crate::testing::write;
use fourply_scripts::files::{is_executable, read_target};

fn listing(root: &Path) -> FolderListing {
    FolderListing::of(root, &BTreeSet::from(["a/node_modules".to_owned()])).unwrap()
}

/// The result of `change` in a small folder.
fn made(change: impl FnOnce(&Path)) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("a/src/x.ts", "1"), ("a/node_modules/p/index.js", "2"), ("b.json", "3")]);
    let before = listing(folder.path());
    change(folder.path());
    listing(folder.path()).since(&before)
}

#[test]
fn what_is_added_or_changed_is_the_result() {
    let found = made(|root| {
        write(root, &[("a/dist/x.js", ""), ("a/src/x.ts", "2"), ("a/node_modules/p/other.js", "")]);
        symlink("x.js", root.join("a/dist/link.js")).unwrap();
    });
    assert_eq!(found.unwrap(), ["a/dist/link.js", "a/dist/x.js", "a/src/x.ts"]);
    assert_eq!(made(|_| ()).unwrap(), [""; 0]);
}

#[test]
fn what_a_pack_cannot_repeat_is_no_result() {
    assert!(made(|root| fs_err::remove_file(root.join("b.json")).unwrap()).is_none());
    assert!(made(|root| fs_err::create_dir_all(root.join("a/dist/empty")).unwrap()).is_none());
    let socket = |root: &Path| drop(std::os::unix::net::UnixListener::bind(root.join("s")).unwrap());
    assert!(made(socket).is_none());
}

#[test]
fn a_place_is_changed_in_any_file_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let (one, other) = (folder.path().join("installs/abc"), folder.path().join("installs/xyz"));
    let text = |root: &Path| format!("\0{0}/app\0{0}{0} installs/abc", root.display());
    write(&one.join("app"), &[("a.bin", &text(&one)), ("b.txt", "installs/abc")]);
    let paths = ["a.bin".to_owned(), "b.txt".to_owned()];
    let made = keep(&store, &one.join("app"), &paths, Some(&FolderStandIn::of(&one))).unwrap().unwrap();
    assert!(made.placed);
    let pack = store.open_pack(&made.pack).unwrap();
    assert!(
        !pack.entries().iter().any(|entry| find(&pack.bytes(entry).unwrap(), b"installs/abc/app").is_some())
    );
    fs_err::create_dir_all(other.join("app")).unwrap();
    put_back(&pack, &other.join("app"), Some(&FolderStandIn::of(&other))).unwrap();
    assert_eq!(fs_err::read_to_string(other.join("app/a.bin")).unwrap(), text(&other));
    assert_eq!(fs_err::read_to_string(other.join("app/b.txt")).unwrap(), "installs/abc");
    let without =
        keep(&store, &one.join("app"), &paths[1..], Some(&FolderStandIn::of(&one))).unwrap().unwrap();
    assert!(!without.placed);
}

#[test]
fn a_result_is_put_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let mut builder = PackBuilder::new();
    builder.add_file("a/bin/run", true, b"#!/bin/sh\n".to_vec()).unwrap();
    builder.add_file("b.json", false, b"{}".to_vec()).unwrap();
    builder.add_symlink("a/link", "bin/run").unwrap();
    let pack = builder.finish(&store).unwrap();
    let root = folder.path().join("app");
    write(&root, &[("b.json", "old")]);
    for _ in 0..2 {
        put_back(&pack, &root, None).unwrap();
        assert_eq!(fs_err::read_to_string(root.join("b.json")).unwrap(), "{}");
        assert_eq!(read_target(&root.join("a/link")).unwrap(), "bin/run");
        assert!(is_executable(&fs_err::metadata(root.join("a/bin/run")).unwrap()));
    }
}

#[test]
fn a_large_file_is_changed_as_a_small_one() {
    let (from, to) = (b"/store/build/abc", b"/store/build/000");
    let mut bytes = vec![b'/'; 2 * PART as usize + 100];
    let places = [0, PART as usize - 7, PART as usize + 9, 2 * PART as usize - 1, bytes.len() - from.len()];
    places.iter().for_each(|at| bytes[*at..*at + from.len()].copy_from_slice(from));
    let mut copied = Vec::new();
    let mut out = |part: &[u8]| {
        copied.extend_from_slice(part);
        Ok(())
    };
    assert!(copy_swapped(&mut bytes.as_slice(), from, to, &mut out).unwrap());
    assert_eq!(swap(&mut bytes, from, to), bytes.len());
    assert!(copied == bytes);
    assert!(!copy_swapped(&mut bytes.as_slice(), from, to, &mut |_| Ok(())).unwrap());
}
