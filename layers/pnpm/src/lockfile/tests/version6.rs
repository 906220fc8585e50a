//! Version 6.0, which must equal pnpm 9's conversion of it.

use super::{parse, refused};
use crate::{DepPath, ImporterId, LockfileError, LockfileFormat, Resolution};
use fourply_testing::made::Made;

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
#[ignore = "needs real pnpm"]
fn odd_packages_get_the_keys_of_version_9() {
    let (old, new) = (parse(&Made::new("origins", 8).lockfile()), parse(&Made::new("origins", 9).lockfile()));
    // For pnpm 8, the workspace has no git packages.
    let odd = |key: &&DepPath| !old.snapshots.contains_key(*key) && !key.version().starts_with("git+");
    assert_eq!(new.snapshots.keys().find(odd), None);
    let shared: Vec<_> = old.snapshots.iter().filter(|(key, _)| new.snapshots.contains_key(*key)).collect();
    assert!(shared.len() > 20, "{}", shared.len());
    for (key, snapshot) in shared.into_iter().filter(|(key, _)| key.name() != "native-parent") {
        assert_eq!(&new.snapshots[key], snapshot, "{key}");
        assert_eq!(old.info(key).unwrap().resolution, new.info(key).unwrap().resolution, "{key}");
    }
    for (id, importer) in &old.importers {
        for (alias, entry) in &importer.dependencies {
            assert_eq!(&new.importers[id].dependencies[alias], entry, "{id}: {alias}");
        }
    }
    let injected =
        old.info(&DepPath::new("@origins/injected@file:packages/injected(peer-host@2.0.0)")).unwrap();
    assert_eq!(injected.resolution, Resolution::Directory { path: "packages/injected".to_owned() });
}
