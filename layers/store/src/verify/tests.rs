#![allow(clippy::unwrap_used)]

use std::io;
use std::os::unix::fs::symlink;

use fourply_blob::{FragmentCache as _, Key};

use super::*;
use crate::{Integrity, NoProgress, PackBuilder};

crate::record! {
    struct OfPack<'a> in Bins, rules 1 => u32 {
        pack: &'a Key,
    }
}

/// A store with one file of each kind, and its files.
fn filled(dir: &Path) -> (Store, Vec<PathBuf>) {
    let store = Store::open(dir).unwrap();
    let key = Key::of(b"key");
    let mut pack = PackBuilder::new();
    pack.add_file("a.js", false, b"a".to_vec()).unwrap();
    let pack = pack.save(&store).unwrap();
    store.record_derived(&key, &pack).unwrap();
    store.record_source(&Integrity::of(b"x"), &pack).unwrap();
    store.put(&OfPack { pack: &key }, &7).unwrap();
    store.fragments().put(&key, b"piece").unwrap();
    store.put_blob(b"blob").unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut gzip, b"tarball").unwrap();
    let gzip = gzip.finish().unwrap();
    store.keep_tarball(&Integrity::of(&gzip), gzip.as_slice()).unwrap();
    let asked = store.asked();
    let files: Vec<PathBuf> = asked.iter().map(|(kind, name)| store.place_of(kind, name)).collect();
    assert_eq!(files.len(), 7);
    (store, files)
}

#[test]
fn every_damage_of_every_kind_is_found_and_gone() {
    type Change = fn(&Path, &[u8]);
    let changes: [Change; 6] = [
        |path, bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            std::fs::write(path, bytes).unwrap();
        },
        |path, bytes| std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        |path, _| std::fs::write(path, "").unwrap(),
        |path, bytes| std::fs::write(path, [bytes, b"x"].concat()).unwrap(),
        |path, _| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        },
        |path, _| {
            std::fs::remove_file(path).unwrap();
            symlink("/nowhere", path).unwrap();
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let (store, files) = filled(dir.path());
        let whole = store.verify(&NoProgress).unwrap();
        assert_eq!((whole.sound.values().sum::<u64>(), whole.damaged.len()), (7, 0));
        for path in &files {
            change(path, &std::fs::read(path).unwrap());
        }
        let found = store.verify(&NoProgress).unwrap();
        assert_eq!(found.damaged.values().map(|damage| damage.count).sum::<u64>(), 7, "{found:?}");
        let left = files.iter().filter(|path| std::fs::symlink_metadata(path).is_ok()).count();
        assert_eq!(left, 0, "change {number}: {found:?}");
        assert_eq!(store.verify(&NoProgress).unwrap().damaged.len(), 0);
    }
}

#[test]
fn what_was_asked_for_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, files) = filled(dir.path());
    assert!(!store.verify_asked());
    std::fs::write(&files[3], "other").unwrap();
    assert!(store.verify_asked() && !files[3].exists());
    assert!(!store.verify_asked(), "what is gone is not damaged");
}

#[test]
fn a_file_in_the_place_of_a_folder_is_in_nobodys_way() {
    let dir = tempfile::tempdir().unwrap();
    let (store, files) = filled(dir.path());
    for path in &files {
        let shard = path.parent().unwrap();
        std::fs::remove_dir_all(shard).unwrap();
        std::fs::write(shard, "").unwrap();
    }
    let (_, again) = filled(dir.path());
    assert!(again.iter().all(|path| path.is_file()));
    for kind in ["packs", "records", "tmp", "locks"] {
        std::fs::remove_dir_all(store.root().join(kind)).unwrap();
        symlink("/nowhere", store.root().join(kind)).unwrap();
    }
    filled(dir.path());
}
