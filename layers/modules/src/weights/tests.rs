#![allow(clippy::unwrap_used)]

use fourply_blob::Key;

use fourply_scripts::sandbox::Level;

use super::*;
use crate::InstalledPackage;
use crate::testing::{target, workspace};

/// The service a uses orm, for which tool and driver are optional; tool depends on part. The service b uses driver
/// itself.
const LOCKFILE: &str = "lockfileVersion: '9.0'
importers:
  .: {}
  services/a:
    dependencies:
      orm: {specifier: '1', version: 1.0.0(driver@1.0.0)(tool@1.0.0)}
    devDependencies:
      tool: {specifier: '1', version: 1.0.0}
  services/b:
    dependencies:
      driver: {specifier: '1', version: 1.0.0}
packages:
  driver@1.0.0: {resolution: {integrity: sha512-AAAA}}
  orm@1.0.0:
    resolution: {integrity: sha512-AAAA}
    peerDependencies: {driver: '1', tool: '1'}
    peerDependenciesMeta: {driver: {optional: true}, tool: {optional: true}}
  part@1.0.0: {resolution: {integrity: sha512-AAAA}}
  tool@1.0.0: {resolution: {integrity: sha512-AAAA}}
snapshots:
  driver@1.0.0: {}
  orm@1.0.0(driver@1.0.0)(tool@1.0.0):
    optionalDependencies: {driver: 1.0.0, tool: 1.0.0}
  part@1.0.0: {}
  tool@1.0.0:
    dependencies: {part: 1.0.0}
";

fn package(dep_path: &str, size: u64) -> InstalledPackage {
    InstalledPackage {
        dep_path: dep_path.to_owned(),
        folder: format!("node_modules/.pnpm/{dep_path}"),
        pack: Key::of(b"a pack"),
        executables: BTreeSet::new(),
        left_out: BTreeSet::new(),
        size,
        natives: Vec::new(),
        beside: None,
    }
}

fn names(packages: &[PackageWeight]) -> Vec<(String, u64)> {
    packages.iter().map(|package| (package.way.join(" "), package.size)).collect()
}

fn weights(lockfile: &str) -> Weights {
    let workspace = workspace(lockfile);
    let service = ImporterId::new("services/a").unwrap();
    let closure =
        closure(&workspace, std::slice::from_ref(&service), Include::Production, &target()).unwrap();
    let inventory = Inventory {
        packages: vec![
            package("driver@1.0.0", 3),
            package("orm@1.0.0(driver@1.0.0)(tool@1.0.0)", 5),
            package("part@1.0.0", 9),
            package("tool@1.0.0", 7),
        ],
        nodes: BTreeMap::new(),
    };
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let layers = ModuleLayers { layers: Vec::new(), key: Key::of(b"layers"), level: Level::Full };
    inventory.keep(&store, &layers.key).unwrap();
    Weights::of(&store, &layers, &workspace, &closure, &service, &target()).unwrap()
}

#[test]
fn the_largest_come_first_with_their_shortest_ways() {
    let weights = weights(LOCKFILE);
    assert_eq!((weights.packages, weights.total), (4, 24));
    let expected = [
        ("services/a orm tool part", 9),
        ("services/a orm tool", 7),
        ("services/a orm", 5),
        ("services/a orm driver", 3),
    ];
    assert_eq!(names(&weights.top), expected.map(|(way, size)| (way.to_owned(), size)));
}

#[test]
fn what_another_service_needs_is_not_spare() {
    let spare = |lockfile: &str| {
        weights(lockfile).spare.into_iter().map(|package| package.name).collect::<Vec<String>>()
    };
    assert_eq!(spare(LOCKFILE), ["part", "tool"]);
    let alone = LOCKFILE.replace("  services/b:\n    dependencies:", "  services/b:\n    devDependencies:");
    assert_eq!(spare(&alone), ["part", "tool", "driver"]);
}
