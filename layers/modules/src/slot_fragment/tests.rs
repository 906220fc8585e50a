#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use fourply_blob::{Codec, Directories, Fragment, LayerPath, Meta, NoCache, validate_layer, write_layer};
use fourply_store::{PackBuilder, Store};

use super::{ImagePlacement, Owner, own_fragments, shared_fragments};
use crate::testing::target;
use crate::{Prune, PruneOptions};
use fourply_pnpm::{DepPath, ImporterId, Node, SharedLayer, Slot, Tree};

struct Bed {
    _dir: tempfile::TempDir,
    store: Store,
    tree: Tree,
}

impl Bed {
    /// Two packages, `a` and `b`, and a service that links `a`.
    fn new() -> Bed {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let slots = ["a", "b"].map(|name| slot(&store, name)).into();
        let mut links = BTreeMap::from([("node_modules/.pnpm".to_owned(), Node::Directory)]);
        links.insert("node_modules".to_owned(), Node::Directory);
        links.insert("services/x/node_modules".to_owned(), Node::Directory);
        let target = Node::Symlink("../../../node_modules/.pnpm/a@1.0.0/node_modules/a".to_owned());
        links.insert("services/x/node_modules/a".to_owned(), target);
        Bed { _dir: dir, store, tree: Tree { slots, links, workspace_executables: BTreeSet::new() } }
    }
}

fn slot(store: &Store, name: &str) -> Slot {
    let mut pack = PackBuilder::new();
    pack.add_file("package.json", false, format!("{{\"name\":\"{name}\"}}").into_bytes()).unwrap();
    pack.add_file("LICENSE", false, Vec::new()).unwrap();
    pack.add_file("docs/guide.md", false, Vec::new()).unwrap();
    let dir = format!("node_modules/.pnpm/{name}@1.0.0");
    Slot {
        package_dir: format!("{dir}/node_modules/{name}"),
        dir,
        dep_path: DepPath::new(format!("{name}@1.0.0")),
        pack: pack.save(store).unwrap(),
        executables: BTreeSet::new(),
        beside: None,
        replaced: BTreeMap::new(),
        nested: BTreeSet::new(),
        nodes: BTreeMap::new(),
    }
}

/// The base's directory at `app`, unlike the one that fourply would create there.
static BASE: LazyLock<Directories> = LazyLock::new(|| {
    let app = Meta { mode: 0o2770, uid: 7, gid: 8, ..Meta::directory(0, 0) };
    [(LayerPath::new("app").unwrap(), app)].into_iter().collect()
});

fn site<'a>(prefix: &'a LayerPath, prune: Option<&'a Arc<Prune>>) -> ImagePlacement<'a> {
    ImagePlacement { prefix, owner: Owner { uid: 0, gid: 0 }, directories: &BASE, prune }
}

fn shared(package: &str) -> SharedLayer {
    let users = ["services/x", "services/y"].map(|folder| ImporterId::new(folder).unwrap()).into();
    SharedLayer { users, packages: [DepPath::new(package)].into() }
}

/// Each entry of the layer as another library reads it: path, mode, owner.
fn entries(fragments: &[Arc<dyn Fragment>]) -> Vec<(String, u32, u64)> {
    let mut bytes = Vec::new();
    let blob = write_layer(fragments, Codec::Zstd, &NoCache, &mut bytes).unwrap();
    validate_layer(bytes.as_slice(), &blob).unwrap();
    let plain = zstd::decode_all(bytes.as_slice()).unwrap();
    let mut archive = tar::Archive::new(plain.as_slice());
    let entry = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        (path, entry.header().mode().unwrap(), entry.header().uid().unwrap())
    };
    archive.entries().unwrap().map(entry).collect()
}

#[test]
fn layers_together_are_the_tree_and_each_has_its_parents_as_the_base_has_them() {
    let bed = Bed::new();
    let prefix = LayerPath::new("app").unwrap();
    let site = site(&prefix, None);
    let layer = shared("b@1.0.0");
    let lower = entries(&shared_fragments(&bed.store, &bed.tree, &site, &layer).unwrap());
    let upper = entries(&own_fragments(&bed.store, &bed.tree, &site, &[&layer]).unwrap());
    for part in [&lower, &upper] {
        assert_eq!(part[0], ("app/".to_owned(), 0o2770, 7), "{part:?}");
        assert!(part.contains(&("app/node_modules/.pnpm/".to_owned(), 0o755, 0)), "{part:?}");
    }
    assert!(lower.iter().any(|(path, ..)| path.ends_with("/b/docs/guide.md")));
    assert!(lower.iter().all(|(path, ..)| !path.contains("/a@1.0.0/") && !path.contains("services")));
    assert!(upper.iter().all(|(path, ..)| !path.contains("/b@1.0.0/")));
    let whole: BTreeSet<_> =
        entries(&own_fragments(&bed.store, &bed.tree, &site, &[]).unwrap()).into_iter().collect();
    let both: BTreeSet<_> = lower.into_iter().chain(upper).collect();
    assert_eq!(both, whole);
}

#[test]
fn what_is_left_out_goes_with_its_empty_folder() {
    let bed = Bed::new();
    let prefix = LayerPath::new("app").unwrap();
    let prune = Arc::new(Prune::new(&PruneOptions::default(), &target()).unwrap());
    let paths = |prune| -> BTreeSet<String> {
        let fragments = own_fragments(&bed.store, &bed.tree, &site(&prefix, prune), &[]).unwrap();
        entries(&fragments).into_iter().map(|(path, ..)| path).collect()
    };
    let (whole, pruned) = (paths(None), paths(Some(&prune)));
    let gone: Vec<&str> = whole.difference(&pruned).map(String::as_str).collect();
    let of =
        |name: &str, rest: &str| format!("app/node_modules/.pnpm/{name}@1.0.0/node_modules/{name}/{rest}");
    let expected = [of("a", "docs/"), of("a", "docs/guide.md"), of("b", "docs/"), of("b", "docs/guide.md")];
    assert_eq!(gone, expected.each_ref().map(String::as_str));
}

#[test]
fn a_slot_has_one_key_for_every_service_and_another_for_every_rule() {
    let bed = Bed::new();
    let prefix = LayerPath::new("app").unwrap();
    let prune = Arc::new(Prune::new(&PruneOptions::default(), &target()).unwrap());
    let key = |prune| {
        shared_fragments(&bed.store, &bed.tree, &site(&prefix, prune), &shared("b@1.0.0")).unwrap()[1].key()
    };
    let other = {
        let mut tree = bed.tree.clone();
        tree.links.clear();
        tree.slots.remove(0);
        shared_fragments(&bed.store, &tree, &site(&prefix, None), &shared("b@1.0.0")).unwrap()[1].key()
    };
    assert_eq!(key(None), other);
    assert_ne!(key(None), key(Some(&prune)));
}

#[test]
fn packages_in_one_another_are_written_once_whichever_layers_they_go_to() {
    let mut bed = Bed::new();
    let mut pack = PackBuilder::new();
    pack.add_file("package.json", false, b"{}".to_vec()).unwrap();
    pack.add_file("node_modules/b/stray.js", false, Vec::new()).unwrap();
    let (outer, inner) = ("node_modules/a".to_owned(), "node_modules/a/node_modules/b".to_owned());
    let a = Slot {
        package_dir: outer.clone(),
        dir: outer,
        pack: pack.save(&bed.store).unwrap(),
        nested: BTreeSet::from([inner.clone()]),
        nodes: BTreeMap::from([("node_modules/a/node_modules".to_owned(), Node::Directory)]),
        ..bed.tree.slots[0].clone()
    };
    let b = Slot { package_dir: inner.clone(), dir: inner, ..bed.tree.slots[1].clone() };
    bed.tree = Tree {
        slots: vec![a, b],
        links: BTreeMap::from([("node_modules".to_owned(), Node::Directory)]),
        workspace_executables: BTreeSet::new(),
    };
    let prefix = LayerPath::new("app").unwrap();
    let site = site(&prefix, None);
    let own =
        |shared: &[&SharedLayer]| entries(&own_fragments(&bed.store, &bed.tree, &site, shared).unwrap());
    let whole = own(&[]);
    assert!(whole.iter().all(|(path, ..)| !path.ends_with("stray.js")), "{whole:?}");
    assert!(whole.iter().any(|(path, ..)| path == "app/node_modules/a/node_modules/b/LICENSE"));
    for package in ["a@1.0.0", "b@1.0.0"] {
        let layer = shared(package);
        let lower = entries(&shared_fragments(&bed.store, &bed.tree, &site, &layer).unwrap());
        let both: BTreeSet<_> = lower.into_iter().chain(own(&[&layer])).collect();
        assert_eq!(both, whole.iter().cloned().collect(), "{package}");
    }
}
