#![allow(clippy::unwrap_used)]

use fourply_blob::{FragmentCache as _, Key};

use crate::Store;

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
