#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use fourply_blob::{Digest, Key};
use fourply_store::{Store, StoreEntry, StoreError};
use fourply_testing::hostile;

use super::kinds::SHARD;
use super::*;
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;

fourply_store::record! {
    struct Numbered in Layer, rules 1 => Vec<u32> {
        number: u32,
    }
}

fn filled(count: u32) -> (tempfile::TempDir, Store, BTreeSet<StoreEntry>) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.journal().begin();
    for number in 0..count {
        store.put(&Numbered { number }, &vec![number; 100]).unwrap();
    }
    let noted = store.journal().end();
    let entries = noted.into_iter().map(|(kind, name)| StoreEntry { kind, name }).collect();
    (dir, store, entries)
}

fn digests(artifact: &Artifact) -> BTreeSet<Digest> {
    artifact.tree.blobs.iter().map(|blob| blob.descriptor.digest).collect()
}

#[test]
fn one_entry_more_changes_few_shards() {
    let (_dir, store, entries) = filled(400);
    // Removes an entry that ends no shard. Without one that does, its shard and the next would merge.
    let mut without = entries.clone();
    without.pop_last();
    let (all, fewer) = (
        pack(&store, &entries, &BTreeSet::new()).unwrap(),
        pack(&store, &without, &BTreeSet::new()).unwrap(),
    );
    let (all, fewer) = (digests(&all), digests(&fewer));
    assert!(all.len() > 10 && all.len() < 60, "{}", all.len());
    assert!(all.symmetric_difference(&fewer).count() <= 2);
}

#[test]
fn the_same_entries_are_the_same_artifact_and_shards_do_not_stay() {
    let ((_a, one, entries), (_b, other, _)) = (filled(50), filled(50));
    let (first, second) =
        (pack(&one, &entries, &BTreeSet::new()).unwrap(), pack(&other, &entries, &BTreeSet::new()).unwrap());
    assert_eq!(first.tree.root, second.tree.root);
    let shards = first.tree.blobs.iter().filter(|blob| blob.descriptor.media_type == SHARD);
    let shards: Vec<_> = shards.map(|blob| blob.path().unwrap().to_path_buf()).collect();
    assert!(!shards.is_empty() && shards.iter().all(|path| path.is_file()));
    drop(first);
    assert!(shards.iter().all(|path| !path.exists()));
}

#[test]
fn a_shard_is_believed_in_nothing() {
    let (dir, store, _) = filled(0);
    let read = |name: &str, bytes: &[u8]| {
        let mut tar = Vec::new();
        hostile::put(&mut tar, name, b'0', 0o644, bytes, "");
        let bytes = [tar, vec![0; 1024]].concat();
        let path = dir.path().join("shard.tar");
        std::fs::write(&path, &bytes).unwrap();
        let descriptor = Descriptor::of(SHARD, &bytes);
        shard::read(&store, &Blob { descriptor, content: BlobContent::File(path), origin: None })
            .map(|entries| entries.len())
    };
    let hex = Key::of(b"other").hex();
    let tarball = StoreEntry::tarball(&fourply_store::Integrity::of(b"honest"));
    for name in ["../x", "/etc/x", "packs/../../x", &format!("sources/{hex}"), &format!("blobs/sha256/{hex}")]
    {
        assert!(read(name, b"x").is_err(), "{name}");
    }
    for name in [format!("packs/{hex}"), format!("fragments/{hex}"), tarball.to_string()[..99].to_owned()] {
        assert!(read(&name, b"not what the name promises").is_err(), "{name}");
    }
    // Older versions wrote entries without a checksum: they cannot be checked.
    assert_eq!(read(&format!("records/layer/{hex}"), b"7").unwrap(), 0);
    let number = Numbered { number: 1 };
    store.put(&number, &vec![7]).unwrap();
    let entry = StoreEntry::parse(&store.entry(&number)).unwrap();
    let bytes = std::fs::read(store.entry_path(&entry).unwrap()).unwrap();
    assert_eq!(read(&entry.to_string(), &bytes).unwrap(), 1);
    // A shard whose digest does not match the manifest is not read.
    let path = dir.path().join("other.tar");
    std::fs::write(&path, b"other").unwrap();
    let blob = Blob {
        descriptor: Descriptor::of(SHARD, b"promised"),
        content: BlobContent::File(path),
        origin: None,
    };
    assert!(matches!(shard::read(&store, &blob), Err(StoreError::Mismatch { .. })));
}
