//! The stores that real pnpm 9 to 12 filled, as a source of packages.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha512};

use crate::program::{error, fourply, tool};
use crate::{Registry, alone, real_pnpm, said};

/// Prints the tree with a store of its own, from pnpm's store alone.
fn tree(root: &Path, own: &str, pnpm: &Path, more: &[&str]) -> Command {
    let args = ["tree", ".", "--libc", "glibc", "--ignore-scripts", "--pnpm-store", pnpm.to_str().unwrap()];
    let mut command = fourply(root, &[&args, more].concat());
    command.env("FOURPLY_STORE", root.join(own));
    command
}

/// A copy of a store, as another machine or another day would have it.
fn copied(rules: &'static Rules, to: &Path) {
    tool("cp", &["-a", real_pnpm::store(rules).to_str().unwrap(), to.to_str().unwrap()]);
}

fn project(rules: &'static Rules, root: &Path) {
    let manifest = r#"{"name": "x", "version": "1.0.0", "private": true,
        "dependencies": {"plain-b": "1.0.0", "scripts-post": "1.0.0", "dirbin": "1.0.0"}}"#;
    std::fs::write(root.join("package.json"), manifest).unwrap();
    std::fs::write(root.join(".npmrc"), Registry::start().npmrc()).unwrap();
    real_pnpm::lock(rules, root).unwrap();
    real_pnpm::install(rules, root, None, false).unwrap();
}

#[test]
#[ignore = "needs real pnpm"]
fn packages_come_from_the_store_of_each_pnpm() {
    let _alone = alone();
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("project");
        std::fs::create_dir(&root).unwrap();
        project(rules, &root);
        let pnpm = dir.path().join("pnpm-store");
        copied(rules, &pnpm);
        let before =
            tool("sh", &["-c", &format!("cd {} && find . -printf '%p %s %T@\\n' | sort", pnpm.display())]);

        let (ours, _) = said(&mut tree(&root, "own", &pnpm, &["--offline"]));
        let mut fetching = fourply(&root, &["tree", ".", "--libc", "glibc", "--ignore-scripts"]);
        let (fetched, _) = said(fetching.env("FOURPLY_STORE", root.join("fetched")));
        assert!(ours == fetched, "{rules}: {ours}");
        let after =
            tool("sh", &["-c", &format!("cd {} && find . -printf '%p %s %T@\\n' | sort", pnpm.display())]);
        assert!(before == after, "{rules}: pnpm's store was written to");
        // What came from there is not taken for the verified tarball's.
        let alone = fourply(&root, &["tree", ".", "--libc", "glibc", "--ignore-scripts", "--offline"]);
        let text = error({ alone }.env("FOURPLY_STORE", root.join("own")), 1);
        let words =
            ["is not in the store, and the network may not be used", "hint: run once without --offline"];
        assert!(words.iter().all(|words| text.contains(words)), "{text}");

        spoil(&pnpm, b"module.exports = \"plain-b@1.0.0\"\n");
        let text = error(&mut tree(&root, "spoilt", &pnpm, &["--offline"]), 1);
        assert!(text.contains("plain-b@1.0.0 is not in the store"), "{text}");
        let (mended, _) = said(&mut tree(&root, "spoilt", &pnpm, &[]));
        assert!(mended == fetched, "{rules}: {mended}");
    }
}

/// Changes a file of the store in place, without a change of its size.
fn spoil(store: &Path, content: &[u8]) {
    let digits = hex(&Sha512::digest(content));
    let find = format!("find {} -name {}", store.display(), &digits[2..]);
    let path = tool("sh", &["-c", &find]);
    let mut bytes = std::fs::read(path.trim()).unwrap();
    bytes[0] ^= 1;
    std::fs::write(path.trim(), bytes).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
