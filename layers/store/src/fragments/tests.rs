#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use fourply_blob::{
    Codec, EntriesFragment, Entry, Fragment, FragmentCache, Key, LayerBlob, LayerPath, Meta, NoCache,
    validate_layer, write_layer,
};

use crate::Store;

/// A fragment of three pieces, and a small one.
fn fragments() -> Vec<Arc<dyn Fragment>> {
    let file = |path: &str, length: usize| -> Arc<dyn Fragment> {
        let bytes: Vec<u8> = (0..length).map(|at| (at * at / 251) as u8).collect();
        let entry = Entry::File { meta: Meta::file(false, 0, 0), bytes: bytes.into() };
        Arc::new(EntriesFragment::new([(LayerPath::new(path).unwrap(), entry)].into()))
    };
    vec![file("large", 5 << 19), file("small", 100)]
}

fn layer(cache: &dyn FragmentCache) -> (Vec<u8>, LayerBlob) {
    let mut bytes = Vec::new();
    let blob = write_layer(&fragments(), Codec::Gzip, cache, &mut bytes).unwrap();
    validate_layer(bytes.as_slice(), &blob).unwrap();
    (bytes, blob)
}

/// The files of all pieces.
fn pieces(store: &Store) -> Vec<PathBuf> {
    let shards = std::fs::read_dir(store.root().join("fragments")).unwrap();
    let files = shards.flat_map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn a_flipped_bit_is_noticed_and_its_piece_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let expected = layer(&NoCache);
    assert!(layer(&store.fragments()) == expected, "cold");
    assert_eq!(pieces(&store).len(), 4);
    for piece in pieces(&store) {
        let whole = std::fs::read(&piece).unwrap();
        // The seal's length and CRC, the gzip header, the middle, the checksum.
        for at in [0, 4, 8, 17, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&piece, bytes).unwrap();
            assert!(layer(&store.fragments()) == expected, "bit of byte {at}");
            assert_eq!(std::fs::read(&piece).unwrap(), whole, "it is as it was");
        }
    }
}

#[test]
fn what_is_no_piece_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (cache, key) = (store.fragments(), Key::of(b"key"));
    assert_eq!(cache.get(&key), None);
    cache.put(&key, b"piece").unwrap();
    assert_eq!(cache.get(&key).as_deref(), Some(&b"piece"[..]));
    let path = pieces(&store).remove(0);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(cache.get(&key), None, "cut at {length}");
        assert!(!path.exists() || length < 32, "and not kept");
    }
}

#[test]
fn a_piece_counts_under_its_own_key_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let cache = store.fragments();
    let (one, other) = (Key::of(b"one"), Key::of(b"other"));
    cache.put(&one, b"piece").unwrap();
    assert_eq!(cache.get(&one).unwrap(), b"piece");
    let stolen = store.sharded("fragments", &other.hex());
    std::fs::create_dir_all(stolen.parent().unwrap()).unwrap();
    std::fs::copy(store.sharded("fragments", &one.hex()), &stolen).unwrap();
    assert_eq!(cache.get(&other), None);
    assert!(!stolen.exists(), "it is removed, so that the piece is made anew");
}

#[test]
fn the_checksum_is_that_of_every_version() {
    let key = Key::of(b"key");
    let text = |bytes: &[u8]| [&(bytes.len() as u64).to_le_bytes(), bytes].concat();
    let field = |name: &str, value: &[u8]| [b"b".to_vec(), text(name.as_bytes()), text(value)].concat();
    let fed = [field("key", key.as_bytes()), field("piece", b"piece")].concat();
    let checksum = blake3::derive_key("fourply kept fragment v1", &fed);
    assert_eq!(super::sealed(&key, &[b"pie", b"ce"]), [&b"piece"[..], &checksum].concat());
}
