#![allow(clippy::unwrap_used)]

use super::*;

fn installed(folder: &str) -> InstalledPackage {
    InstalledPackage {
        dep_path: format!("{folder}@1.0.0"),
        folder: folder.to_owned(),
        pack: Key::of(b"a pack"),
        executables: BTreeSet::new(),
        left_out: BTreeSet::new(),
        size: 0,
        natives: Vec::new(),
        beside: None,
    }
}

#[test]
fn a_path_belongs_to_the_innermost_package_around_it() {
    let folders = ["node_modules/a", "node_modules/a/node_modules/b", "node_modules/a-b"];
    let mut packages: Vec<InstalledPackage> = folders.map(installed).into();
    packages.sort_by(|a, b| a.folder.cmp(&b.folder));
    let inventory = Inventory { packages, nodes: BTreeMap::new() };
    let owner =
        |path: &'static str| inventory.owner(path).map(|(package, inside)| (package.folder.clone(), inside));
    let expected = |folder: &str, inside: &'static str| Some((folder.to_owned(), inside));
    assert_eq!(owner("node_modules/a"), expected("node_modules/a", ""));
    assert_eq!(owner("node_modules/a/lib/x.js"), expected("node_modules/a", "lib/x.js"));
    assert_eq!(
        owner("node_modules/a/node_modules/b/x.js"),
        expected("node_modules/a/node_modules/b", "x.js")
    );
    assert_eq!(owner("node_modules/a-b/x.js"), expected("node_modules/a-b", "x.js"));
    assert_eq!(owner("node_modules/c/x.js"), None);
    assert_eq!(owner("node_modules"), None);
}

#[test]
fn what_is_kept_is_found_by_the_key_of_its_layers() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let nodes = BTreeMap::from([("node_modules/x".to_owned(), InstalledNode::Link("a".to_owned()))]);
    let inventory = Inventory { packages: vec![installed("node_modules/a")], nodes };
    let (key, other) = (Key::of(b"one"), Key::of(b"other"));
    inventory.keep(&store, &key).unwrap();
    assert!(Inventory::is_kept(&store, &key) && !Inventory::is_kept(&store, &other));
    assert_eq!(Inventory::kept(&store, &key), Some(inventory));
    assert_eq!(Inventory::kept(&store, &other), None);
}
