#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::{Duration, SystemTime};

use fourply_blob::{FragmentCache as _, Key};

use super::PruneRequest;
use crate::{PackBuilder, Store};

crate::record! {
    struct OfPack<'a> in Bins, rules 1 => u32 {
        pack: &'a Key,
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn days_ago(days: u32) -> SystemTime {
    SystemTime::now() - DAY * days
}

fn request(unused_since: Option<SystemTime>, keep: Option<u64>) -> PruneRequest {
    PruneRequest { unused_since, keep, now: SystemTime::now(), pretend: false }
}

/// A store with packs of slightly more than 1000 bytes, last used this many days ago.
fn store(dir: &Path, days: &[u32]) -> Vec<Key> {
    let store = Store::open(dir).unwrap();
    let packs = days.iter().map(|days| {
        let mut builder = PackBuilder::new();
        builder.add_file("a", false, format!("{days:1000}").into_bytes()).unwrap();
        let id = builder.save(&store).unwrap();
        set_age(&store.root().join("packs").join(&id.hex()[..2]).join(id.hex()), *days);
        id
    });
    packs.collect()
}

fn set_age(path: &Path, days: u32) {
    std::fs::File::open(path).unwrap().set_modified(days_ago(days)).unwrap();
}

fn left(dir: &Path, packs: &[Key]) -> Vec<bool> {
    let there = |id: &Key| dir.join("v2/packs").join(&id.hex()[..2]).join(id.hex()).is_file();
    packs.iter().map(there).collect()
}

#[test]
fn what_was_not_used_for_long_goes() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &[40, 20, 0]);
    let store = Store::open(dir.path()).unwrap();
    let pretended =
        store.prune(&PruneRequest { pretend: true, ..request(Some(days_ago(30)), None) }).unwrap();
    assert_eq!(left(dir.path(), &packs), [true; 3]);
    let report = store.prune(&request(Some(days_ago(30)), None)).unwrap();
    assert_eq!(pretended, report);
    assert_eq!(left(dir.path(), &packs), [false, true, true]);
    assert_eq!((report.gone["packs"].count, report.left.count, report.spared.count), (1, 2, 0));
    assert!(report.gone["packs"].bytes > 1000);
}

#[test]
fn what_was_used_longest_ago_goes_until_little_enough_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &[3, 5, 4, 0]);
    let store = Store::open(dir.path()).unwrap();
    store.prune(&request(None, Some(10_000))).unwrap();
    assert_eq!(left(dir.path(), &packs), [true; 4]);
    let report = store.prune(&request(None, Some(2_500))).unwrap();
    assert_eq!(left(dir.path(), &packs), [true, false, false, true]);
    assert!(report.left.bytes <= 2_500, "{report:?}");
    store.prune(&request(None, Some(0))).unwrap();
    assert_eq!(left(dir.path(), &packs), [false; 4]);
}

#[test]
fn what_is_looked_up_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &[40, 41]);
    let store = Store::open(dir.path()).unwrap();
    assert!(store.has_pack(&packs[0]));
    store.prune(&request(Some(days_ago(30)), None)).unwrap();
    assert_eq!(left(dir.path(), &packs), [true, false]);
}

#[test]
fn beside_others_what_they_use_stays_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &[40, 0, 39]);
    let folder = |name: &str| {
        let folder = dir.path().join("v2/build/installs").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("lock"), "").unwrap();
        std::fs::write(folder.join("file"), "text").unwrap();
        ["lock", "file"].iter().for_each(|file| set_age(&folder.join(file), 40));
        set_age(&folder, 40);
        folder
    };
    let (locked, free) = (folder("locked"), folder("free"));
    // Content used an hour before the other process started does not belong to it.
    let path = dir.path().join("v2/packs").join(&packs[1].hex()[..2]).join(packs[1].hex());
    std::fs::File::open(path).unwrap().set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let (store, other) = (Store::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
    assert!(other.has_pack(&packs[0]));
    let lock = std::fs::File::open(locked.join("lock")).unwrap();
    lock.lock().unwrap();
    let report = store.prune(&request(None, Some(0))).unwrap();
    assert_eq!(left(dir.path(), &packs), [true, false, false]);
    assert!(locked.is_dir() && !free.exists());
    assert_eq!((report.spared.count, report.left.count, report.gone["packs"].count), (1, 2, 2));
    drop((other, lock));
    // The same store still counts as a user.
    let report = store.prune(&request(None, Some(0))).unwrap();
    assert_eq!((report.spared.count, report.left.count, report.gone["build/installs"].count), (0, 0, 1));
    assert!(Store::open(dir.path()).unwrap().prune(&request(None, Some(0))).unwrap().gone.is_empty());
}

#[test]
fn one_who_was_killed_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &[40]);
    let (store, other) = (Store::open(dir.path()).unwrap(), Store::open(dir.path()).unwrap());
    let left_behind = dir.path().join("v2/locks/running/killed");
    std::fs::write(&left_behind, "").unwrap();
    set_age(&left_behind, 50);
    store.prune(&request(None, Some(0))).unwrap();
    assert_eq!((left(dir.path(), &packs), left_behind.exists()), (vec![false], false));
    drop(other);
}

/// Builds that look up content and prunes that remove content, in parallel: looked-up content stays.
#[test]
fn a_prune_takes_nothing_from_a_build_that_runs() {
    let dir = tempfile::tempdir().unwrap();
    let packs = store(dir.path(), &(30..90).collect::<Vec<u32>>());
    let prune = || {
        let store = Store::open(dir.path()).unwrap();
        while !store.prune(&request(None, Some(0))).unwrap().gone.is_empty() {}
    };
    let build = Store::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        let pruner = scope.spawn(prune);
        // Newest last: the prune begins at the other end.
        let found: Vec<&Key> = packs.iter().rev().filter(|id| build.has_pack(id)).collect();
        pruner.join().unwrap();
        found.into_iter().for_each(|id| drop(build.open_pack(id).unwrap()));
    });
}

#[test]
fn a_store_that_lost_anything_gives_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let key = Key::of(b"key");
    store.fragments().put(&key, b"piece").unwrap();
    store.put(&OfPack { pack: &key }, &1).unwrap();
    std::fs::write(store.tmp().join("left"), "behind").unwrap();
    let report = store.prune(&request(None, Some(0))).unwrap();
    assert_eq!(report.gone.keys().copied().collect::<Vec<_>>(), ["fragments", "records"]);
    assert_eq!(store.fragments().get(&key), None);
    assert_eq!(store.get(&OfPack { pack: &key }), None);
    assert_eq!(std::fs::read_dir(store.tmp()).unwrap().count(), 0);
}
