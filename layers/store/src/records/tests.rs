#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use fourply_blob::{Inputs, Key};

use super::RecordKind;
use crate::{Store, StoreError};

crate::record! {
    struct OfPack<'a> in Bins, rules 1 => Vec<u32> {
        pack: &'a Key,
    }
}

crate::record! {
    struct OfPackByOtherRules<'a> in Bins, rules 2 => Vec<u32> {
        pack: &'a Key,
    }
}

#[test]
fn kinds_are_folders_of_their_own() {
    let folders: BTreeSet<&str> = RecordKind::ALL.iter().map(|kind| kind.folder()).collect();
    assert_eq!(folders.len(), RecordKind::ALL.len());
    assert!(folders.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
}

#[test]
fn values_are_kept_by_their_inputs_and_rules() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let pack = Key::of(b"pack");
    let record = OfPack { pack: &pack };
    assert_eq!((store.get(&record), store.has(&record)), (None, false));
    let found = store.get_or(&record, || Ok::<_, StoreError>(vec![1, 2])).unwrap();
    assert_eq!((found, store.get(&record)), (vec![1, 2], Some(vec![1, 2])));
    store
        .get_or(&record, || Err::<Vec<u32>, _>(StoreError::Setting { message: "not asked".into() }))
        .unwrap();
    assert_eq!(store.get(&OfPackByOtherRules { pack: &pack }), None);
    assert_eq!(store.get(&OfPack { pack: &Key::of(b"other") }), None);
    assert_eq!(store.entry(&record), format!("records/bins/{}", record.key().hex()));
}

#[test]
fn what_cannot_be_read_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let pack = Key::of(b"pack");
    let record = OfPack { pack: &pack };
    store.put(&record, &vec![1]).unwrap();
    std::fs::write(
        store
            .root()
            .join(store.entry(&record).replace("bins/", &format!("bins/{}/", &record.key().hex()[..2]))),
        "{",
    )
    .unwrap();
    assert_eq!((store.get(&record), store.has(&record)), (None, false), "it is gone");
    assert_eq!(store.damages()["records/bins"].count, 1);
    store.put(&record, &vec![1]).unwrap();
    assert_eq!(store.get(&record), Some(vec![1]));
}
