#![allow(clippy::unwrap_used)]

use super::{PackBuilder, PackKind};
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
    assert_eq!(*pack.bytes(pack.find("bin/a").unwrap()).unwrap(), *b"new");
}

#[test]
fn contents_that_wait_in_a_file_make_the_same_pack() {
    let (_dir, store) = store();
    let large: Vec<u8> = (0..3_000_000u32).map(|at| at.to_le_bytes()[0]).collect();
    let mut spooled = PackBuilder::spooling(&store);
    let mut file = spooled.begin_file("z", true).unwrap();
    large.chunks(60_000).for_each(|piece| file.write(piece).unwrap());
    spooled.begin_file("empty", false).unwrap();
    spooled.begin_file("a", false).unwrap().write(b"replaced").unwrap();
    spooled.begin_file("a", false).unwrap().write(b"a").unwrap();
    let mut plain = PackBuilder::new();
    for (path, executable, bytes) in
        [("z", true, large), ("empty", false, vec![]), ("a", false, b"a".to_vec())]
    {
        plain.add_file(path, executable, bytes).unwrap();
    }
    assert_eq!(spooled.save(&store).unwrap(), plain.save(&store).unwrap());
    assert_eq!(std::fs::read_dir(store.tmp()).unwrap().count(), 0);
}

#[test]
fn a_large_pack_stays_in_its_file_and_is_verified_all_the_same() {
    let (dir, store) = store();
    let large: Vec<u8> = (0..5_000_011u32).map(|at| (at / 251) as u8).collect();
    let mut builder = PackBuilder::new();
    builder.add_file("large", true, large.clone()).unwrap();
    builder.add_file("small", false, b"small".to_vec()).unwrap();
    builder.add_symlink("to", "small").unwrap();
    let pack = builder.finish(&store).unwrap();
    let entry = |path: &str| pack.find(path).unwrap();
    assert_eq!(pack.entries().iter().filter(|entry| pack.in_memory(entry).is_some()).count(), 0);
    assert!(*pack.bytes(entry("large")).unwrap() == *large);
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut pack.reader(entry("large")), &mut read).unwrap();
    assert!(read == large);
    assert_eq!(pack.entries()[2].kind, PackKind::Symlink { target: "small".to_owned() });
    store.unfold(&pack.id(), &dir.path().join("unfolded")).unwrap();
    assert!(std::fs::read(dir.path().join("unfolded/large")).unwrap() == large);
    // The open archive is the verified one, even if its name now leads to another file.
    let path = store.sharded("packs", &pack.id().hex());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4_000_000] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(store.open_pack(&pack.id()), Err(StoreError::Corrupt { .. })));
    assert!(!store.has_pack(&pack.id()));
    assert_eq!(*pack.bytes(entry("small")).unwrap(), *b"small");
}

/// A file whose name matches its bytes, but that no builder would have written.
#[test]
fn a_forged_pack_is_refused() {
    let (_dir, store) = store();
    for index in [
        r#"[["../../out","f",0]]"#,
        r#"[["/etc/passwd","f",0]]"#,
        r#"[["a","f",0],["a/b","f",0]]"#,
        r#"[["b","f",0],["a","f",0]]"#,
        r#"[["a","f",0],["a","f",0]]"#,
        r#"[["a","d",0]]"#,
        r#"[["a","l",11]]"#,
    ] {
        let content = if index.contains("11") { "/etc/passwd" } else { "" };
        let length = (index.len() as u64).to_le_bytes();
        let bytes = [b"4plypck1".as_slice(), &length, index.as_bytes(), content.as_bytes()].concat();
        let id = fourply_blob::Key::of(&bytes);
        let path = store.sharded("packs", &id.hex());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        assert!(matches!(store.open_pack(&id), Err(StoreError::Corrupt { .. })), "{index}");
    }
}

#[test]
fn what_a_script_did_to_a_linked_file_is_gone_in_the_next_place() {
    let (dir, store) = store();
    let mut builder = PackBuilder::new();
    builder.add_file("index.js", false, b"good".to_vec()).unwrap();
    builder.add_file("lib/run", true, b"good".to_vec()).unwrap();
    let id = builder.finish(&store).unwrap().id();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    store.unfold(&id, &first).unwrap();
    // Through the link, in place, with the same size; and another mode.
    std::fs::write(first.join("index.js"), b"evil").unwrap();
    let plain = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(first.join("lib/run"), plain).unwrap();
    store.unfold(&id, &second).unwrap();
    assert_eq!(std::fs::read(second.join("index.js")).unwrap(), b"good");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(second.join("lib/run")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o7777, 0o755);
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
