#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::{Codec, Directories, Fragment, LayerPath, NoCache, validate_layer, write_layer};
use fourply_pnpm::{DepPath, ImporterId, Node, SharedLayer, Slot, Tree};
use fourply_store::{PackBuilder, Store};

use super::{DividedLayer, OwnPackages, divided, link_fragments, package_fragments};
use crate::{ImagePlacement, InstalledPackage, Inventory, Owner, own_fragments};

/// A package `name` with a link to `dependency`, a shim, and a file at the path of a link.
fn slot(store: &Store, name: &str, (dependency, version): (&str, &str)) -> Slot {
    let mut pack = PackBuilder::new();
    pack.add_file("index.js", false, format!("// {name}").into_bytes()).unwrap();
    pack.add_file("node_modules/.bin/tool", false, b"of the package".to_vec()).unwrap();
    let dir = format!("node_modules/.pnpm/{name}@1.0.0");
    let link = Node::Symlink(format!("../../../{dependency}@{version}/node_modules/{dependency}"));
    let shim = Node::File { executable: true, bytes: Arc::from(version.as_bytes()) };
    Slot {
        package_dir: format!("{dir}/node_modules/{name}"),
        dep_path: DepPath::new(format!("{name}@1.0.0")),
        pack: pack.save(store).unwrap(),
        executables: BTreeSet::new(),
        beside: None,
        replaced: BTreeMap::new(),
        nested: BTreeSet::new(),
        nodes: BTreeMap::from([
            (format!("{dir}/node_modules/@scope/{dependency}"), link),
            (format!("{dir}/node_modules/{name}/node_modules/.bin/tool"), shim),
        ]),
        dir,
    }
}

fn tree(store: &Store, version: &str) -> Tree {
    let slots = ["a", "b"].map(|name| slot(store, name, ("dep", version))).into();
    let links = BTreeMap::from([
        ("node_modules".to_owned(), Node::Directory),
        ("node_modules/a".to_owned(), Node::Symlink(".pnpm/a@1.0.0/node_modules/a".to_owned())),
    ]);
    Tree { slots, links, workspace_executables: BTreeSet::new() }
}

fn layer(package: &str) -> DividedLayer {
    let users = BTreeSet::from([ImporterId::new("services/x").unwrap()]);
    DividedLayer { users, packages: BTreeSet::from([DepPath::new(package)]) }
}

/// Path → entry, as another library reads the stacked layers.
fn extracted(layers: &[Vec<Arc<dyn Fragment>>]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for fragments in layers {
        let mut bytes = Vec::new();
        let blob = write_layer(fragments, Codec::Zstd, &NoCache, &mut bytes).unwrap();
        validate_layer(bytes.as_slice(), &blob).unwrap();
        let plain = zstd::decode_all(bytes.as_slice()).unwrap();
        for entry in tar::Archive::new(plain.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
            let link = entry.link_name_bytes().map(|link| link.to_vec());
            found.insert(path, (entry.header().mode().unwrap(), link.unwrap_or(content)));
        }
    }
    found
}

#[test]
fn packages_and_links_are_the_tree_and_a_new_version_of_a_dependency_changes_the_links_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let prefix = LayerPath::new("app").unwrap();
    let directories = Directories::default();
    let site = ImagePlacement {
        prefix: &prefix,
        owner: Owner { uid: 0, gid: 0 },
        directories: &directories,
        prune: None,
    };
    let of = |tree: &Tree| {
        let mut layers: Vec<Vec<Arc<dyn Fragment>>> = ["a@1.0.0", "b@1.0.0"]
            .map(|package| package_fragments(&store, tree, &site, &layer(package)).unwrap())
            .into();
        layers.push(link_fragments(tree, &site).unwrap());
        layers
    };
    let (old, new) = (tree(&store, "1.0.0"), tree(&store, "2.0.0"));
    assert_eq!(extracted(&of(&old)), extracted(&[own_fragments(&store, &old, &site, &[]).unwrap()]));
    let keys = |tree: &Tree| -> Vec<Vec<_>> {
        of(tree).iter().map(|layer| layer.iter().map(|fragment| fragment.key()).collect()).collect()
    };
    let (old_keys, new_keys) = (keys(&old), keys(&new));
    assert_eq!(old_keys[..2], new_keys[..2]);
    assert_ne!(old_keys[2], new_keys[2]);
    let packages = extracted(&of(&old)[..1]);
    assert!(packages.keys().all(|path| !path.contains("@scope") && !path.ends_with("tool")), "{packages:?}");
}

fn inventory(packages: &[(&str, u64)]) -> Inventory {
    let package = |(name, size): &(&str, u64)| InstalledPackage {
        dep_path: format!("{name}@1.0.0"),
        folder: format!("node_modules/{name}"),
        pack: fourply_blob::Key::of(b""),
        executables: BTreeSet::new(),
        left_out: BTreeSet::new(),
        size: *size,
        natives: Vec::new(),
        beside: None,
    };
    Inventory { packages: packages.iter().map(package).collect(), nodes: BTreeMap::new() }
}

#[test]
fn services_agree_on_what_they_share_and_folders_lie_on_top() {
    let id = |name: &str| ImporterId::new(name).unwrap();
    let (a, b) = (id("services/a"), id("services/b"));
    let packages = ["x", "y", "z"].map(|name| DepPath::new(format!("{name}@1.0.0")));
    let shared = SharedLayer { users: [a.clone(), b.clone()].into(), packages: packages.into() };
    let folder = DepPath::new("lib@1.0.0");
    let of = |service, own: &str, folders: &[&'static str], most| {
        let inventory = inventory(&[("x", 5 << 20), ("y", 9), ("z", 9), (own, 3 << 20), ("lib", 7)]);
        let folders: BTreeSet<DepPath> = folders.iter().map(|name| DepPath::new(*name)).collect();
        let own = OwnPackages { service, folders: folders.iter().collect(), most };
        divided(&inventory, &[(&shared, 2)], &own)
    };
    let (of_a, of_b) = (of(&a, "own", &["lib@1.0.0"], 8), of(&b, "other", &[], 8));
    let common = |layers: &[DividedLayer]| -> Vec<DividedLayer> {
        layers.iter().filter(|layer| layer.users.len() == 2).cloned().collect()
    };
    assert_eq!(common(&of_a), common(&of_b));
    assert_eq!(common(&of_a).len(), 2, "{of_a:?}");
    assert_eq!(of_a.last().unwrap().packages, BTreeSet::from([folder]));
    for most in 3..9 {
        let layers = of(&a, "own", &["lib@1.0.0"], most);
        assert!(layers.len() <= most, "{most}: {layers:?}");
        let held: Vec<&DepPath> = layers.iter().flat_map(|layer| &layer.packages).collect();
        assert_eq!(held.len(), 5, "each package in one layer: {layers:?}");
    }
}
