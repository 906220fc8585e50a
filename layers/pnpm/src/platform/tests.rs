#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

use fourply_platform::Libc;
use fourply_testing::fixtures;

use super::{Platforms, Target, list_matches};
use crate::{Bundled, Lockfile, PackageInfo, Resolution, SupportedArchitectures};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn info(os: Option<&[&str]>, cpu: Option<&[&str]>, libc: Option<&[&str]>, node: Option<&str>) -> PackageInfo {
    PackageInfo {
        resolution: Resolution::Registry { integrity: String::new() },
        name: None,
        version: None,
        engines_node: node.map(str::to_owned),
        os: os.map(words),
        cpu: cpu.map(words),
        libc: libc.map(words),
        has_bin: false,
        bundled: Bundled::None,
        peers: Vec::new(),
        required_peers: Vec::new(),
        optional_peers: Vec::new(),
        requires_build: None,
    }
}

fn target(libc: Libc) -> Target {
    Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc, node: Some("20.20.2".parse().unwrap()) }
}

fn runs(info: &PackageInfo, libc: Libc) -> bool {
    let target = target(libc);
    Platforms::new(&target, &SupportedArchitectures::default(), target.node.clone()).fault(info).is_none()
}

#[test]
fn lists_match_as_in_pnpm() {
    let linux = words(&["linux"]);
    for (wanted, matches) in [
        (&["linux"][..], true),
        (&["darwin"], false),
        (&["!win32"], true),
        (&["!linux"], false),
        (&["!win32", "!darwin"], true),
        (&["linux", "!win32"], true),
        (&["linux", "!linux"], false),
        (&["any"], true),
        (&["any", "darwin"], false),
        (&[], true),
    ] {
        assert_eq!(list_matches(&linux, &words(wanted)), matches, "{wanted:?}");
    }
    assert!(list_matches(&words(&["linux", "darwin"]), &words(&["darwin"])));
    assert!(!list_matches(&words(&["linux", "darwin"]), &words(&["!darwin"])));
}

#[test]
fn gnu_and_musl_are_told_apart_where_a_package_says_so() {
    let musl = info(Some(&["linux"]), Some(&["x64"]), Some(&["musl"]), None);
    assert!(runs(&musl, Libc::Musl) && !runs(&musl, Libc::Glibc));
    let silent = info(Some(&["linux"]), Some(&["x64"]), None, None);
    assert!(runs(&silent, Libc::Musl) && runs(&silent, Libc::Glibc));
    assert!(!runs(&info(Some(&["linux"]), Some(&["arm64"]), None, None), Libc::Glibc));
}

#[test]
fn engines_are_ranges_of_node() {
    for (range, fits) in [
        (">=18", true),
        (">=99", false),
        ("<1", false),
        ("^18 || ^20", true),
        ("*", true),
        ("", true),
        (">= 0.10.0", true),
    ] {
        assert_eq!(runs(&info(None, None, None, Some(range)), Libc::Glibc), fits, "{range:?}");
    }
}

#[test]
fn supported_architectures_add_platforms() {
    let supported = SupportedArchitectures {
        os: words(&["current", "darwin"]),
        cpu: words(&["arm64"]),
        libc: Vec::new(),
    };
    let platforms = Platforms::new(&target(Libc::Glibc), &supported, None);
    assert!(platforms.fault(&info(Some(&["darwin"]), Some(&["arm64"]), None, None)).is_none());
    let fault = platforms.fault(&info(Some(&["linux"]), Some(&["x64"]), None, None)).unwrap();
    assert_eq!(fault, "its cpu is x64, the image's arm64");
}

/// All ranges of node in the lockfiles of public workspaces.
fn ranges_in_use() -> BTreeSet<String> {
    let mut ranges = BTreeSet::new();
    for folder in ["examples/erp", "tests/prune", "tests/data/bcrypt", "tests/data/prisma"] {
        let file = fixtures::project().join(folder).join("pnpm-lock.yaml");
        let lockfile = Lockfile::parse(&std::fs::read_to_string(file).unwrap()).unwrap();
        ranges.extend(lockfile.packages.into_values().filter_map(|info| info.engines_node));
    }
    ranges
}

/// The answers of npm's own semver, run by node.
fn answers_of_npm(ranges: &BTreeSet<String>, version: &str) -> Vec<bool> {
    const SCRIPT: &str = "
        const root = require('child_process').execSync('npm root -g').toString().trim();
        const semver = require(root + '/npm/node_modules/semver');
        const [version, ranges] = process.argv.slice(1);
        const options = { includePrerelease: true };
        console.log(JSON.stringify(JSON.parse(ranges).map((range) => semver.satisfies(version, range, options))));";
    let ranges = serde_json::to_string(&ranges).unwrap();
    let output = Command::new("node").args(["-e", SCRIPT, version, &ranges]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs npm"]
fn ranges_in_use_mean_what_npm_takes_them_for() {
    let ranges = ranges_in_use();
    assert!(ranges.len() > 50, "{}", ranges.len());
    for version in ["16.20.2", "18.20.4", "20.20.2", "22.12.0", "24.1.0"] {
        let node = Some(version.parse().unwrap());
        let platforms = Platforms::new(&target(Libc::Glibc), &SupportedArchitectures::default(), node);
        for (range, fits) in ranges.iter().zip(answers_of_npm(&ranges, version)) {
            let ours = platforms.fault(&info(None, None, None, Some(range))).is_none();
            assert_eq!(ours, fits, "node {version}, {range:?}");
        }
    }
}
