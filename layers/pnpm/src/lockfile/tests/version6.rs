//! Version 6.0, and that it says the same as what pnpm 9 makes of it.

use super::{parse, refused};
use crate::{DepPath, ImporterId, LockfileError, LockfileFormat, Resolution};
use fourply_testing::fixtures;

#[test]
fn keys_lose_their_slash_and_snapshots_come_apart() {
    let lockfile = parse(
        "lockfileVersion: '6.0'\n\
         dependencies:\n  b-alias:\n    specifier: npm:plain-b@2.0.0\n    version: /plain-b@2.0.0\n  peer:\n    specifier: 1.0.0\n    version: 1.0.0(x@1.0.0)\n\
         packages:\n\
         \x20 /peer@1.0.0(x@1.0.0):\n    resolution: {integrity: sha512-AA==}\n    dependencies:\n      x: 1.0.0\n      y: /plain-b@2.0.0\n    dev: false\n\
         \x20 /plain-b@2.0.0:\n    resolution: {integrity: sha512-BB==}\n    requiresBuild: true\n    optional: true\n\
         \x20 /x@1.0.0:\n    resolution: {integrity: sha512-CC==}\n",
    );
    assert_eq!(lockfile.format, LockfileFormat::V6);
    let root = &lockfile.importers[&ImporterId::root()];
    assert_eq!(root.dependencies["b-alias"].version, "plain-b@2.0.0");
    assert_eq!(root.dependencies["peer"].version, "1.0.0(x@1.0.0)");
    let snapshot = &lockfile.snapshots["peer@1.0.0(x@1.0.0)"];
    assert_eq!(snapshot.dependencies["y"], "plain-b@2.0.0");
    assert!(lockfile.packages.contains_key("peer@1.0.0"));
    assert_eq!(lockfile.packages["plain-b@2.0.0"].requires_build, Some(true));
    assert_eq!(lockfile.packages["x@1.0.0"].requires_build, Some(false));
    assert!(lockfile.snapshots["plain-b@2.0.0"].optional);
}

#[test]
fn a_key_without_its_slash_is_refused() {
    let text = "lockfileVersion: '6.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-AA==}\n";
    assert!(matches!(refused(text), LockfileError::Entry { .. }));
}

#[test]
#[ignore = "needs the fixtures"]
fn odd_packages_get_the_keys_of_version_9() {
    let folder = fixtures::dir().join("pnpm");
    let old = parse(&std::fs::read_to_string(folder.join("lockfiles/format-6.yaml")).unwrap());
    let new = parse(&std::fs::read_to_string(folder.join("workspaces/ws2-v9/pnpm-lock.yaml")).unwrap());
    // The file of version 6.0 knows one package more and has no git dependencies; what both have must be the same.
    let odd = |key: &&DepPath| !old.snapshots.contains_key(*key) && !key.version().starts_with("git+");
    assert_eq!(new.snapshots.keys().filter(odd).count(), 0);
    let shared: Vec<_> = old.snapshots.iter().filter(|(key, _)| new.snapshots.contains_key(*key)).collect();
    assert!(shared.len() > 20);
    for (key, snapshot) in shared.into_iter().filter(|(key, _)| key.name() != "native-parent") {
        assert_eq!(&new.snapshots[key], snapshot, "{key}");
        assert_eq!(old.info(key).unwrap().resolution, new.info(key).unwrap().resolution, "{key}");
    }
    for (id, importer) in &old.importers {
        for (alias, entry) in &importer.dependencies {
            assert_eq!(&new.importers[id].dependencies[alias], entry, "{id}: {alias}");
        }
    }
    let inj = old.info(&DepPath::new("@acme/inj@file:packages/inj(peer-host@2.0.0)")).unwrap();
    assert_eq!(inj.resolution, Resolution::Directory { path: "packages/inj".to_owned() });
}
