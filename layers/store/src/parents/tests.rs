#![allow(clippy::unwrap_used)]

use std::path::Path;

use fourply_blob::{FragmentCache as _, Key};

use super::*;
use crate::PackBuilder;

crate::record! {
    struct Answer<'a> in Bins, rules 1 => String { of: &'a str }
}

struct Pair {
    dir: tempfile::TempDir,
    parent: Store,
}

impl Pair {
    fn new() -> Pair {
        let dir = tempfile::tempdir().unwrap();
        let parent = Store::open(&dir.path().join("parent")).unwrap();
        Pair { dir, parent }
    }

    /// A new store that reads from the parent.
    fn child(&self) -> Store {
        let own = tempfile::tempdir_in(self.dir.path()).unwrap().keep();
        Store::open(&own).unwrap().reading_from(&[self.dir.path().join("parent")]).unwrap()
    }
}

fn listing(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => found.extend(listing(&entry.path())),
            false => found.push((entry.path(), std::fs::read(entry.path()).unwrap())),
        }
    }
    found.sort();
    found
}

#[test]
fn what_a_parent_has_is_there_and_the_parent_stays_as_it_is() {
    let pair = Pair::new();
    let blob = pair.parent.put_blob(b"layer").unwrap();
    pair.parent.put(&Answer { of: "x" }, &"y".to_owned()).unwrap();
    pair.parent.fragments().put(&Key::of(b"f"), b"piece").unwrap();
    let mut pack = PackBuilder::new();
    pack.add_file("a.js", false, b"1".to_vec()).unwrap();
    let pack = pack.save(&pair.parent).unwrap();
    pair.parent.record_derived(&Key::of(b"d"), &pack).unwrap();
    let before = listing(pair.parent.root());

    let child = pair.child();
    let path = child.sound_blob(&blob).unwrap();
    assert!(path.starts_with(child.root()) && std::fs::read(path).unwrap() == b"layer");
    assert!(child.has(&Answer { of: "x" }));
    assert_eq!(child.get(&Answer { of: "x" }).unwrap(), "y");
    assert_eq!(child.get(&Answer { of: "z" }), None);
    assert_eq!(child.fragments().get(&Key::of(b"f")).unwrap(), b"piece");
    assert_eq!(child.derived_pack(&Key::of(b"d")).unwrap(), Some(pack));
    assert!(child.has_pack(&pack) && child.open_pack(&pack).unwrap().find("a.js").is_some());
    assert!(child.damages().is_empty() && child.damages_of_parents().is_empty());
    assert_eq!(listing(pair.parent.root()), before);
}

#[test]
fn what_is_damaged_in_a_parent_is_not_used_and_told() {
    let pair = Pair::new();
    let blob = pair.parent.put_blob(b"layer").unwrap();
    let place = pair.parent.blob_place(&blob);
    type Change = fn(&Path);
    let changes: [Change; 4] = [
        |place| std::fs::write(place, "Layer").unwrap(),
        |place| std::fs::write(place, "").unwrap(),
        |place| {
            std::fs::remove_file(place).unwrap();
            std::fs::create_dir(place).unwrap();
        },
        |place| {
            std::fs::remove_dir(place).unwrap();
            std::os::unix::fs::symlink("/nowhere", place).unwrap();
        },
    ];
    for change in changes {
        change(&place);
        let child = pair.child();
        assert_eq!(child.sound_blob(&blob), None);
        assert_eq!(child.damages_of_parents()[BLOBS].count, 1);
        assert!(child.damages().is_empty(), "this store is whole");
        assert!(std::fs::symlink_metadata(&place).is_ok(), "the parent is only read");
        child.put_blob(b"layer").unwrap();
        assert!(child.sound_blob(&blob).is_some());
    }
}

#[test]
fn another_name_is_noticed() {
    let pair = Pair::new();
    pair.parent.put(&Answer { of: "x" }, &"y".to_owned()).unwrap();
    let path = |record: &Answer<'_>| {
        pair.parent.place_of("records/bins", &crate::reexport::Inputs::key(record).hex())
    };
    let other = path(&Answer { of: "z" });
    std::fs::create_dir_all(other.parent().unwrap()).unwrap();
    std::fs::copy(path(&Answer { of: "x" }), other).unwrap();
    assert_eq!(pair.child().get(&Answer { of: "z" }), None);
}

#[test]
fn a_folder_that_is_not_another_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("own")).unwrap();
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    for (folder, reason) in
        [("own", "the store itself"), ("empty", "no folder v2"), ("none", "no such folder")]
    {
        let error = store.clone().reading_from(&[dir.path().join(folder)]).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn a_record_of_gigabytes_is_damaged_and_not_read() {
    let pair = Pair::new();
    pair.parent.put(&Answer { of: "x" }, &"y".to_owned()).unwrap();
    let path = pair.parent.place_of("records/bins", &fourply_blob::Inputs::key(&Answer { of: "x" }).hex());
    let size = std::fs::metadata(&path).unwrap().len();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let child = pair.child();
    assert_eq!(child.get(&Answer { of: "x" }), None);
    assert_eq!(child.damages_of_parents().len(), 1);
    std::fs::File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
    assert_eq!(pair.child().get(&Answer { of: "x" }).as_deref(), Some("y"));
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(pair.parent.get(&Answer { of: "x" }), None);
    assert!(!path.exists(), "what is damaged is gone");
}

#[test]
fn a_file_in_the_place_of_the_stores_folder_stays_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("v2"), "mine").unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::NoFolder { .. }), "{error}");
    assert_eq!(std::fs::read(dir.path().join("v2")).unwrap(), b"mine");
}
