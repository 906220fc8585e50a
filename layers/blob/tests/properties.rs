//! For any tree: the same bytes whatever the threads and the cache, and the same tree when read back.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use fourply_blob::{
    Codec, EntriesFragment, Entry, Fragment, LayerPath, MTIME, Meta, NoCache, validate_layer,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use support::{CODECS, MemoryCache, decompress, noise, text, with_threads, write};

type Tree = BTreeMap<LayerPath, Entry>;

fn component() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}",
        1 => "[ -.0-~]{1,20}",
        1 => "\\PC{1,20}",
        1 => "[a-z]{90,130}",
    ]
    .prop_filter("no component", |name| LayerPath::new(name.as_str()).is_ok() && !name.contains('/'))
}

fn meta() -> impl Strategy<Value = Meta> {
    let number = || prop_oneof![Just(0), Just(1001), Just((1 << 21) - 1), Just(1 << 21), any::<u32>()];
    // the tar crate does not support a line break in a record, although the format does
    let value = vec(any::<u8>().prop_filter("line break", |byte| *byte != b'\n'), 0..20);
    let xattrs = prop_oneof![3 => Just(BTreeMap::new()), 1 => btree_map("user\\.[a-z]{1,5}", value, 0..3)];
    let mtime = prop_oneof![3 => Just(MTIME), 1 => any::<i32>().prop_map(i64::from), 1 => any::<i64>()];
    (0..=0o7777_u32, number(), number(), mtime, xattrs).prop_map(|(mode, uid, gid, mtime, xattrs)| Meta {
        mode,
        uid,
        gid,
        mtime,
        xattrs,
    })
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let length = || prop_oneof![3 => 0..2000_usize, 1 => select(vec![0, 511, 512, 513, (1 << 20) - 512, 1 << 20, 2_500_000])];
    prop_oneof![
        length().prop_map(text),
        (any::<u64>(), length()).prop_map(|(seed, length)| noise(seed, length))
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        1 => meta().prop_map(Entry::Directory),
        3 => (meta(), content()).prop_map(|(meta, bytes)| Entry::File { meta, bytes: bytes.into() }),
        1 => (meta(), "[^\\x00\n]{1,150}").prop_map(|(meta, target)| Entry::Symlink { meta, target }),
    ]
}

/// Paths with their entries; an entry below something other than a directory is left out.
fn tree() -> impl Strategy<Value = Tree> {
    let path = vec(component(), 1..6).prop_map(|names| names.join("/"));
    btree_map(path, entry(), 0..25).prop_map(|all| {
        let mut tree = Tree::new();
        for (path, entry) in all {
            let Ok(path) = LayerPath::new(path) else { continue };
            let fits = |above| tree.get(&above).is_none_or(|entry| matches!(entry, Entry::Directory(_)));
            if path.ancestors().all(fits) {
                tree.insert(path, entry);
            }
        }
        tree
    })
}

/// The tree in runs: every entry is in the fragment chosen by `cuts`.
fn fragments(tree: &Tree, cuts: &[usize]) -> Vec<Arc<dyn Fragment>> {
    let mut parts = vec![Tree::new(); 4];
    for ((path, entry), part) in tree.iter().zip(cuts.iter().cycle()) {
        parts[*part].insert(path.clone(), entry.clone());
    }
    parts.into_iter().map(|entries| Arc::new(EntriesFragment::new(entries)) as Arc<dyn Fragment>).collect()
}

/// The tree as the tar crate reads it, without times and attributes, which are in records.
fn read_back(tar: &[u8]) -> Tree {
    let mut tree = Tree::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let path = LayerPath::new(path.trim_end_matches('/')).unwrap();
        let meta = read_meta(&mut entry);
        let read = match entry.header().entry_type() {
            tar::EntryType::Directory => Entry::Directory(meta),
            tar::EntryType::Symlink => {
                let target = String::from_utf8(entry.link_name_bytes().unwrap().into_owned()).unwrap();
                Entry::Symlink { meta, target }
            }
            _ => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                Entry::File { meta, bytes: bytes.into() }
            }
        };
        assert!(tree.insert(path, read).is_none());
    }
    tree
}

fn read_meta(entry: &mut tar::Entry<'_, impl Read>) -> Meta {
    let header = entry.header();
    let mut meta = Meta {
        mode: header.mode().unwrap(),
        uid: header.uid().unwrap().try_into().unwrap(),
        gid: header.gid().unwrap().try_into().unwrap(),
        mtime: header.mtime().unwrap().try_into().unwrap(),
        xattrs: BTreeMap::new(),
    };
    for record in entry.pax_extensions().unwrap().into_iter().flatten() {
        let record = record.unwrap();
        let keyword = record.key().unwrap();
        if let Some(name) = keyword.strip_prefix("SCHILY.xattr.") {
            meta.xattrs.insert(name.to_owned(), record.value_bytes().to_vec());
        } else if keyword == "mtime" {
            meta.mtime = record.value().unwrap().parse().unwrap();
        }
    }
    meta
}

/// What a reader can find: links have a fixed mode.
fn readable(mut tree: Tree) -> Tree {
    for entry in tree.values_mut() {
        if let Entry::Symlink { meta, .. } = entry {
            meta.mode = 0o777;
        }
    }
    tree
}

fn codec() -> impl Strategy<Value = Codec> {
    select(CODECS.as_slice())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_comes_back(tree in tree(), cuts in vec(0..4_usize, 1..10), codec in codec()) {
        // a directory may come after its content, but must not replace it: here, all parts are consistent
        let (bytes, blob) = write(&fragments(&tree, &cuts), codec, &NoCache);
        let summary = validate_layer(bytes.as_slice(), &blob).unwrap();
        let count = summary.files + summary.directories + summary.symlinks;
        prop_assert_eq!(count, tree.len() as u64);
        prop_assert_eq!(read_back(&decompress(&bytes, codec)), readable(tree));
    }

    #[test]
    fn threads_and_cache_decide_no_byte(
        tree in tree(),
        cuts in vec(0..4_usize, 1..10),
        codec in codec(),
        kept in any::<u64>(),
    ) {
        let fragments = fragments(&tree, &cuts);
        let expected = write(&fragments, codec, &NoCache);
        for threads in [1, 2, 4] {
            let cache = MemoryCache::default();
            prop_assert!(with_threads(threads, || write(&fragments, codec, &cache)) == expected);
            // drop some pieces, truncate others
            let mut bits = (0..).map(|at| kept >> (at % 64) & 1 == 1);
            cache.pieces.lock().unwrap().retain(|_, _| bits.next() == Some(true));
            cache.change_all(|piece| piece.truncate(if piece.len() % 2 == 0 { 8 } else { usize::MAX }));
            prop_assert!(with_threads(threads, || write(&fragments, codec, &cache)) == expected);
        }
    }
}
