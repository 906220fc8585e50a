use std::collections::BTreeSet;

use super::super::budget::ReadBudget;
use super::super::layer::{FileSink, read, read_keeping};
use super::super::read::gathered;
use super::super::tree::FileTree;
use super::super::{RootfsMetadata, read::with_env};
use super::{lost, names};
use fourply_testing::hostile::put;

type Part<'a> = (&'a str, u8, &'a [u8], &'a str);

fn tar_of(parts: &[Part<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    parts
        .iter()
        .for_each(|(path, kind, content, target)| put(&mut bytes, path, *kind, 0o644, content, target));
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

/// As layers of a store are read: once, and again for files behind links.
fn metadata(layers: &[&[Part<'_>]]) -> RootfsMetadata {
    let tars: Vec<Vec<u8>> = layers.iter().map(|parts| tar_of(parts)).collect();
    let budget = ReadBudget::default();
    let merged = |kept: &BTreeSet<String>| {
        let none = || None::<&mut dyn FileSink>;
        let read = tars.iter().map(|tar| read_keeping(tar.as_slice(), "layer", &budget, kept, none()));
        let read: Vec<_> = read.map(|read| read.unwrap().0).collect();
        let mut tree = FileTree::default();
        read.iter().for_each(|contents| tree.apply(contents, "layer", &budget).unwrap());
        (tree, read)
    };
    let (tree, read) = merged(&BTreeSet::new());
    let names = names(&tree, read.iter());
    let tree = merged(&names).0;
    assert_eq!(lost(&tree).count(), 0);
    with_env(gathered(tree), &[])
}

#[test]
fn accounts_behind_links_are_read() {
    let below: &[Part<'_>] = &[
        ("opt/passwd", b'0', b"root:x:0:0:root:/root:/bin/sh\n", ""),
        ("opt/kept", b'0', b"root:x:0:\n", ""),
        ("opt/group", b'1', b"", "opt/kept"),
    ];
    let above: &[Part<'_>] =
        &[("etc/passwd", b'2', b"", "/opt/passwd"), ("etc/group", b'2', b"", "../opt/group")];
    let found = metadata(&[below, above]);
    assert_eq!(found.passwd, "root:x:0:0:root:/root:/bin/sh\n");
    assert_eq!(found.group, "root:x:0:\n");
    assert_eq!(found.lookup("etc/passwd").unwrap().0, "opt/passwd");
}

#[test]
fn a_database_in_a_linked_folder_is_one() {
    let base: &[Part<'_>] = &[
        ("state/apk/db/installed", b'0', b"P:musl\nV:1\n\n", ""),
        ("lib/apk", b'2', b"", "../state/apk"),
        ("etc/passwd", b'2', b"", "/nowhere"),
    ];
    let found = metadata(&[base]);
    assert_eq!(found.content("lib/apk/db/installed").unwrap(), b"P:musl\nV:1\n\n");
    assert!(found.passwd.is_empty());
}

#[test]
fn nothing_is_read_again_without_links() {
    let tar = tar_of(&[("etc/passwd", b'0', b"x", ""), ("opt/passwd", b'0', b"y", "")]);
    let budget = ReadBudget::default();
    let contents = read(tar.as_slice(), "layer", &budget).unwrap().0;
    let mut tree = FileTree::default();
    tree.apply(&contents, "layer", &budget).unwrap();
    assert!(names(&tree, std::iter::once(&contents)).is_empty());
}
