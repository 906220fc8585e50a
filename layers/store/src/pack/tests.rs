#![allow(clippy::unwrap_used)]

use super::PackBuilder;
use crate::{Store, StoreError};

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

#[test]
fn what_goes_in_comes_out_sorted() {
    let (_dir, store) = store();
    let mut builder = PackBuilder::new();
    builder.add_file("lib/b.js", false, b"b".to_vec()).unwrap();
    builder.add_file("bin/a", true, b"old".to_vec()).unwrap();
    builder.add_file("bin/a", true, b"new".to_vec()).unwrap();
    builder.add_symlink("lib/link", "../bin/a").unwrap();
    let id = builder.finish(&store).unwrap().id();
    let pack = store.open_pack(&id).unwrap();
    let paths: Vec<&str> = pack.entries().iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["bin/a", "lib/b.js", "lib/link"]);
    assert_eq!(pack.bytes(pack.find("bin/a").unwrap()), b"new");
}

#[test]
fn a_flipped_bit_is_noticed_and_the_pack_removed() {
    let (_dir, store) = store();
    let mut builder = PackBuilder::new();
    builder.add_file("a", false, vec![7; 5000]).unwrap();
    let id = builder.finish(&store).unwrap().id();
    let path = store.sharded("packs", &id.hex());
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(store.open_pack(&id), Err(StoreError::Corrupt { .. })));
    assert!(!store.has_pack(&id));
}

#[test]
fn paths_and_targets_that_lead_out_are_refused() {
    let mut builder = PackBuilder::new();
    for path in ["../a", "/a", "a/../b", "a/.wh.b", ""] {
        builder.add_file(path, false, Vec::new()).unwrap_err();
    }
    for target in ["/etc/passwd", "../../x", ""] {
        builder.add_symlink("a/link", target).unwrap_err();
    }
    builder.add_symlink("a/ok", "../x").unwrap();
}

#[test]
fn unfolded_files_have_their_modes_whatever_else_is_linked() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, store) = store();
    let mut builder = PackBuilder::new();
    builder.add_file("bin/run", true, b"x".to_vec()).unwrap();
    builder.add_file("readme", false, b"y".to_vec()).unwrap();
    let id = builder.finish(&store).unwrap().id();
    for name in ["one", "two"] {
        let dest = dir.path().join(name);
        store.unfold(&id, &dest).unwrap();
        let mode = |path: &str| std::fs::metadata(dest.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("bin"), mode("bin/run"), mode("readme")), (0o755, 0o755, 0o644));
    }
}
