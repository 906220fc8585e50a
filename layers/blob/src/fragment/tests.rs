use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::{EntriesFragment, Entry, Fragment};
use crate::{LayerPath, Meta, TarWriter};

fn fragment(entries: &[(&str, Entry)]) -> EntriesFragment {
    let entries = entries.iter().map(|(path, entry)| (LayerPath::new(*path).unwrap(), entry.clone()));
    EntriesFragment::new(entries.collect::<BTreeMap<_, _>>())
}

fn file(mode: u32, bytes: &[u8]) -> Entry {
    Entry::File { meta: Meta::new(mode, 0, 0), bytes: bytes.into() }
}

fn link(target: &str) -> Entry {
    Entry::Symlink { meta: Meta::symlink(0, 0), target: target.to_owned() }
}

fn with(change: impl FnOnce(&mut Meta)) -> Entry {
    let mut meta = Meta::directory(0, 0);
    change(&mut meta);
    Entry::Directory(meta)
}

#[test]
fn whatever_decides_a_byte_decides_the_key() {
    let xattr = |name: &str, value: &[u8]| {
        let (name, value) = (name.to_owned(), value.to_vec());
        with(move |meta| drop(meta.xattrs.insert(name, value)))
    };
    let variants = [
        fragment(&[]),
        fragment(&[("a", file(0o644, b"x"))]),
        fragment(&[("b", file(0o644, b"x"))]),
        fragment(&[("a", file(0o755, b"x"))]),
        fragment(&[("a", file(0o644, b"y"))]),
        fragment(&[("a", file(0o644, b"x")), ("b", file(0o644, b"x"))]),
        fragment(&[("a", link("x"))]),
        fragment(&[("a", link("y"))]),
        fragment(&[("a", with(|_| ()))]),
        fragment(&[("a", with(|meta| meta.uid = 1))]),
        fragment(&[("a", with(|meta| meta.gid = 1))]),
        fragment(&[("a", with(|meta| meta.mtime = -1))]),
        fragment(&[("a", xattr("user.x", b"1"))]),
        fragment(&[("a", xattr("user.x", b"2"))]),
        fragment(&[("a", xattr("user.y", b"1"))]),
    ];
    let keys: BTreeSet<_> = variants.iter().map(Fragment::key).collect();
    assert_eq!(keys.len(), variants.len());
    assert_eq!(fragment(&[("a", link("x"))]).key(), fragment(&[("a", link("x"))]).key());
}

#[test]
fn the_hint_is_the_size_where_no_record_is_needed() {
    let fragment = fragment(&[("a", with(|_| ())), ("a/b", file(0o644, &[7; 513])), ("a/c", link("b"))]);
    let mut bytes = Vec::new();
    fragment.write_to(&mut TarWriter::new(&mut bytes as &mut dyn Write)).unwrap();
    assert_eq!(bytes.len() as u64, fragment.size_hint());
}
