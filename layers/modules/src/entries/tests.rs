#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fourply_pnpm::{DepPath, Node, Slot, Tree};
use fourply_scripts::beneath::Beneath;
use fourply_scripts::{materialise, put_beside};
use fourply_store::{PackBuilder, Store};

use super::{EntryKind, entries};

struct Bed {
    dir: tempfile::TempDir,
    store: Store,
    slot: Slot,
}

impl Bed {
    /// `a` with a link to `b` next to it. Its scripts left a client, and hostile files at and behind that link.
    fn new() -> Bed {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store")).unwrap();
        let mut pack = PackBuilder::new();
        pack.add_file("index.js", false, b"published".to_vec()).unwrap();
        let mut beside = PackBuilder::new();
        beside.add_file(".client/run.js", true, b"made".to_vec()).unwrap();
        beside.add_symlink(".client/latest.js", "run.js").unwrap();
        beside.add_file("b/index.js", false, b"hostile".to_vec()).unwrap();
        beside.add_file("a/index.js", false, b"hostile".to_vec()).unwrap();
        let link = Node::Symlink("../../b@1.0.0/node_modules/b".to_owned());
        let slot = Slot {
            dir: "node_modules/.pnpm/a@1.0.0".to_owned(),
            package_dir: "node_modules/.pnpm/a@1.0.0/node_modules/a".to_owned(),
            dep_path: DepPath::new("a@1.0.0"),
            pack: pack.save(&store).unwrap(),
            beside: Some(beside.save(&store).unwrap()),
            executables: BTreeSet::new(),
            replaced: BTreeMap::new(),
            nested: BTreeSet::new(),
            nodes: BTreeMap::from([("node_modules/.pnpm/a@1.0.0/node_modules/b".to_owned(), link)]),
        };
        Bed { dir, store, slot }
    }

    fn tree(&self) -> Tree {
        let slots = vec![self.slot.clone()];
        Tree { slots, links: BTreeMap::new(), workspace_executables: BTreeSet::new() }
    }

    /// The tree on disk, with a package `b` behind the link.
    fn installed(&self, name: &str) -> PathBuf {
        let root = self.dir.path().join(name);
        materialise(&self.store, &self.tree(), &root).unwrap();
        let b = root.join("node_modules/.pnpm/b@1.0.0/node_modules/b");
        std::fs::create_dir_all(&b).unwrap();
        std::fs::write(b.join("index.js"), "b").unwrap();
        root
    }
}

#[test]
fn what_lies_beside_a_package_takes_no_place_that_is_taken() {
    let bed = Bed::new();
    let root = bed.installed("one");
    let modules = root.join(bed.slot.modules());
    let beside = bed.store.open_pack(&bed.slot.beside.unwrap()).unwrap();
    put_beside(&beside, &Beneath::open(&root).unwrap(), &bed.slot.modules()).unwrap();
    let text = |path: &str| std::fs::read_to_string(modules.join(path)).unwrap();
    assert_eq!((text(".client/run.js"), text(".client/latest.js")), ("made".to_owned(), "made".to_owned()));
    assert_eq!((text("a/index.js"), text("b/index.js")), ("published".to_owned(), "b".to_owned()));
    // The layer's content is the same.
    let entries = entries(&bed.tree(), &bed.store).unwrap();
    let of = |path: &str| {
        let full = format!("{}/{path}", bed.slot.modules());
        entries.iter().find(|entry| entry.path == full).map(|entry| &entry.kind)
    };
    assert!(matches!(of(".client/run.js"), Some(EntryKind::File { executable: true, size: 4, .. })));
    assert!(matches!(of(".client/latest.js"), Some(EntryKind::Symlink(target)) if target == "run.js"));
    assert!(matches!(of("a/index.js"), Some(EntryKind::File { size: 9, .. })));
    assert!(matches!(of("b"), Some(EntryKind::Symlink(_))) && of("b/index.js").is_none());
}

#[test]
fn who_writes_to_a_package_reaches_no_other_install() {
    let bed = Bed::new();
    let (own, other) = (bed.installed("own"), bed.installed("other"));
    let file = |root: &Path| root.join(&bed.slot.package_dir).join("index.js");
    assert_eq!(std::fs::metadata(file(&own)).unwrap().nlink(), 1);
    std::fs::write(file(&own), "changed").unwrap();
    assert_eq!(std::fs::read(file(&other)).unwrap(), b"published");
    assert_eq!(std::fs::read(file(&bed.installed("third"))).unwrap(), b"published");
}
