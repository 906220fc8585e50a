#![allow(clippy::unwrap_used)]

use fourply_blob::FragmentCache as _;

use super::*;
use crate::PackBuilder;

crate::record! {
    struct OfPack<'a> in Bins, rules 1 => u32 {
        pack: &'a Key,
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

#[test]
fn what_was_used_travels_and_is_checked() {
    let ((_one, from), (_two, to)) = (store(), store());
    from.journal().begin();
    let mut pack = PackBuilder::new();
    pack.add_file("a.js", false, b"a".to_vec()).unwrap();
    let pack = pack.save(&from).unwrap();
    let key = Key::of(b"key");
    from.record_derived(&key, &pack).unwrap();
    from.put(&OfPack { pack: &key }, &7).unwrap();
    from.fragments().put(&key, b"piece").unwrap();
    let noted = from.journal().end();
    assert_eq!(noted.len(), 4);
    from.derived_pack(&key).unwrap();
    assert!(from.journal().end().is_empty(), "it has ended");

    for (kind, name) in noted {
        let entry = StoreEntry::parse(&format!("{kind}/{name}")).unwrap();
        let bytes = std::fs::read(from.entry_path(&entry).unwrap()).unwrap();
        let spoil = || {
            for spoilt in [&b""[..], &bytes[..bytes.len() - 1], &[b"x".as_slice(), &bytes].concat()] {
                // A record or a pointer that is not intact may be from an older version.
                match kind.starts_with("records") || kind == "derived" {
                    true => assert!(!to.take_entry(&entry, spoilt).unwrap(), "{entry}"),
                    false => assert!(to.take_entry(&entry, spoilt).is_err(), "{entry}"),
                }
            }
        };
        spoil();
        assert!(!to.has_entry(&entry).unwrap(), "nothing is left of it");
        assert!(to.take_entry(&entry, &bytes).unwrap());
        spoil();
        assert!(to.has_entry(&entry).unwrap(), "what is sound stays");
    }
    assert_eq!(to.derived_pack(&key).unwrap(), Some(pack));
    assert_eq!(to.get(&OfPack { pack: &key }), Some(7));
    assert_eq!(to.fragments().get(&key).unwrap(), b"piece");
}

#[test]
fn a_tarball_is_believed_by_its_integrity_alone() {
    let (_dir, store) = store();
    let honest = Integrity::of(b"honest");
    let entry = StoreEntry::parse(&StoreEntry::tarball(&honest).to_string()).unwrap();
    assert_eq!(entry, StoreEntry::tarball(&honest));
    assert!(matches!(store.take_entry(&entry, b"other").unwrap_err(), StoreError::Mismatch { .. }));
    assert!(store.pack_for(&honest).unwrap().is_none());
    // Its integrity matches, but it is not a tarball.
    assert!(matches!(store.take_entry(&entry, b"honest").unwrap_err(), StoreError::Tarball { .. }));
    assert!(!store.has_entry(&entry).unwrap());
}

#[test]
fn names_that_lead_elsewhere_are_none() {
    let hex = "a".repeat(64);
    for text in ["packs", "packs/../x", "sources/x", "/x", "records//x", "tarballs/sha512-x", "tmp/x"] {
        assert_eq!(StoreEntry::parse(text), None, "{text}");
    }
    for kind in ["sources", "blobs/sha256", "locks", "records/../packs", "records/Layer", "packs/.."] {
        assert_eq!(StoreEntry::parse(&format!("{kind}/{hex}")), None, "{kind}");
    }
    assert!(StoreEntry::parse(&format!("records/base-facts/{hex}")).is_some());
}
