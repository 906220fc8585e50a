#![allow(clippy::unwrap_used)]

use fourply_blob::Key;

use super::*;
use crate::{PackBuilder, Store};

/// The folder of an older store: a package archive, and a record that cannot be verified.
fn older(folder: &Path) -> Key {
    let store = Store::open(folder).unwrap();
    let mut pack = PackBuilder::new();
    pack.add_file("a", false, b"a".to_vec()).unwrap();
    let pack = pack.save(&store).unwrap();
    drop(store);
    std::fs::rename(folder.join("v2"), folder.join("v1")).unwrap();
    std::fs::create_dir_all(folder.join("v1/records/bins/ab")).unwrap();
    std::fs::write(folder.join("v1/records/bins/ab/abcd"), "[]").unwrap();
    pack
}

#[test]
fn what_proves_itself_is_taken_over_and_the_rest_goes() {
    let dir = tempfile::tempdir().unwrap();
    let pack = older(dir.path());
    let root = dir.path().join("v2");
    std::fs::create_dir_all(root.join("tmp")).unwrap();
    take_over(dir.path(), &root).unwrap().unwrap().join().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.open_pack(&pack).unwrap();
    assert!(!dir.path().join("v1").exists() && !store.root().join("records").exists());
    assert_eq!(std::fs::read_dir(store.tmp()).unwrap().count(), 0);
}

#[test]
fn a_store_in_use_stays() {
    let dir = tempfile::tempdir().unwrap();
    older(dir.path());
    let used = lock_file(&dir.path().join("v1"), "in-use").unwrap();
    used.lock_shared().unwrap();
    Store::open(dir.path()).unwrap();
    assert!(dir.path().join("v1/packs").exists());
    drop(used);
    Store::open(dir.path()).unwrap();
    assert!(!dir.path().join("v1").exists());
}
