#![allow(clippy::unwrap_used)]

use fourply_platform::{Libc, elf};
use fourply_pnpm::{Bundled, ClosurePackage, Include, Resolution};
use fourply_scripts::elf::inspect;
use fourply_testing::elf::{X64, shared_library};

use super::super::testing::Bed;
use super::*;
use fourply_modules::NativeFile;

const FETCHES: &str = r#"{"scripts": {"install": "prebuild-install || node-gyp rebuild --release"}}"#;

fn native(path: &str) -> NativeFile {
    let bytes = shared_library(X64, &[], None);
    NativeFile { path: path.to_owned(), binary: inspect(&bytes).unwrap(), dynamic: elf::dynamic(&bytes) }
}

fn member(children: &[&str], optional: bool) -> ClosurePackage {
    let child =
        |name: &&str| ((*name).to_owned(), Dependency::Package(DepPath::new(format!("{name}@1.0.0"))));
    ClosurePackage {
        name: String::new(),
        version: String::new(),
        resolution: Resolution::Directory { path: String::new() },
        children: children.iter().map(child).collect(),
        has_bin: false,
        optional,
        bundled: Bundled::default(),
        requires_build: None,
    }
}

/// The findings for a package `native@1.0.0` with these files, after `change` was applied to the image.
fn found(files: &[(&str, &str)], change: impl FnOnce(&mut Bed, &mut ClosurePackage)) -> Vec<Finding> {
    let mut bed = Bed::new(&[]).package("native", "a", files);
    let mut package = member(&[], false);
    change(&mut bed, &mut package);
    let closure = Closure {
        importers: Vec::new(),
        others: BTreeSet::new(),
        unlinked: Default::default(),
        include: Include::Production,
        direct: BTreeMap::new(),
        packages: BTreeMap::from([(DepPath::new("native@1.0.0"), package)]),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    };
    let verdict = |path: &DepPath| match path.name() {
        "native" => Verdict::Ignored,
        _ => Verdict::Never,
    };
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node: None };
    let builds = IgnoredBuilds { store: &bed.store, verdict: &verdict, closure: &closure };
    builds.findings(&bed.inventory, &target).unwrap()
}

fn ignored(needed: bool) -> Vec<Finding> {
    vec![Finding::IgnoredBuild { package: "native@1.0.0".to_owned(), needed }]
}

#[test]
fn a_package_without_its_native_module_cannot_start() {
    let gyp = [("binding.gyp", "{}"), ("package.json", "{}")];
    for files in [&[("package.json", FETCHES)][..], &gyp] {
        let found = found(files, |_, _| {});
        assert_eq!(found, ignored(true));
        assert!(found[0].is_fatal());
    }
}

#[test]
fn what_does_without_is_reported_alone_and_what_brings_a_module_is_not() {
    let files = [("package.json", FETCHES)];
    let brings = found(&files, |bed, _| {
        bed.inventory.packages[0].natives = vec![native("prebuilds/linux-x64/native.node")];
    });
    let by_another = found(&files, |bed, package| {
        let mut other = bed.inventory.packages[0].clone();
        other.dep_path = "native-linux-x64@1.0.0".to_owned();
        other.natives = vec![native("native.node")];
        bed.inventory.packages.push(other);
        *package = member(&["native-linux-x64"], false);
    });
    let optional = found(&files, |_, package| package.optional = true);
    let falls_back = found(&[("fallback.js", ""), ("package.json", FETCHES)], |_, _| {});
    let tolerant = r#"{"scripts": {"install": "node-gyp-build || exit 0"}}"#;
    let may_fail = found(&[("package.json", tolerant)], |_, _| {});
    let other = r#"{"scripts": {"postinstall": "node thanks.js"}}"#;
    let no_module = found(&[("package.json", other)], |_, _| {});
    assert_eq!((brings, by_another), (Vec::new(), Vec::new()));
    for found in [optional, falls_back, may_fail, no_module] {
        assert_eq!(found, ignored(false));
        assert!(!found[0].is_fatal());
    }
    assert_eq!(found(&[("package.json", "{}")], |_, _| {}), []);
}
