//! Installed packages of unusual graphs: real pnpm and `closure` in the same folders. The lockfiles were edited after
//! pnpm wrote them; a frozen install accepts them as they are. Packages and pnpm itself come from a registry.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_platform::Libc;
use fourply_pnpm::rules::{PNPM_9, PNPM_10};
use fourply_pnpm::{Include, Rules, Target, Workspace, check_fresh, closure};

fn run(program: &Path, arguments: &[&str], dir: &Path) {
    let home = dir.join("../home");
    let store = home.join("store");
    let command = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .env("npm_config_store_dir", store)
        .env("CI", "1")
        .output();
    let output = command.unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

fn install_pnpm(dir: &Path, version: &str) -> PathBuf {
    fs::create_dir_all(dir).unwrap();
    let package = format!("pnpm@{version}");
    run(Path::new("npm"), &["install", "--no-audit", "--no-fund", "--prefix", ".", &package], dir);
    dir.join("node_modules/.bin/pnpm")
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), text).unwrap();
    }
}

/// The packages of the virtual store and the folders with a node_modules, after a production install of `svc`.
fn real(pnpm: &Path, root: &Path, folders: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let filter =
        ["install", "--prod", "--frozen-lockfile", "--ignore-scripts", "--filter-prod", "{./svc}..."];
    run(pnpm, &filter, root);
    let slots = fs::read_dir(root.join("node_modules/.pnpm"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let slots = slots.filter(|name| name != "node_modules" && name != "lock.yaml").collect();
    let filled = folders.iter().filter(|folder| root.join(folder).join("node_modules").is_dir());
    (slots, filled.map(|folder| (*folder).to_owned()).collect())
}

fn ours(root: &Path, rules: &'static Rules) -> (BTreeSet<String>, BTreeSet<String>) {
    let workspace = Workspace::read(root, Some(rules)).unwrap();
    check_fresh(&workspace).unwrap();
    let node = Some("20.20.2".parse().unwrap());
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node };
    let service = workspace.importer("svc").unwrap();
    let closure = closure(&workspace, &[service], Include::Production, &target).unwrap();
    let filled = closure.direct.iter().filter(|(id, list)| !id.is_root() && !list.is_empty());
    (
        closure.packages.keys().map(ToString::to_string).collect(),
        filled.map(|(id, _)| id.to_string()).collect(),
    )
}

/// Makes ms a package for macOS only.
fn for_macos(lockfile: &str) -> String {
    let (before, after) = lockfile.split_once("  ms@2.1.2:\n    resolution: ").unwrap();
    let (resolution, rest) = after.split_once('\n').unwrap();
    format!("{before}  ms@2.1.2:\n    resolution: {resolution}\n    os: [darwin]\n{rest}")
}

const WORKSPACE: (&str, &str) = ("pnpm-workspace.yaml", "packages: [svc, lib, sub, other]\n");
const ROOT: (&str, &str) = ("package.json", r#"{"name": "root", "private": true}"#);

fn compare(version: &str, rules: &'static Rules) {
    let dir = tempfile::tempdir().unwrap();
    let pnpm = install_pnpm(&dir.path().join("pnpm"), version);
    let service = |text: &'static str| ("svc/package.json", text);
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, bool);
    let cases: [Case<'_>; 3] = [
        (
            "links of the root",
            vec![
                (
                    "package.json",
                    r#"{"name": "root", "private": true, "dependencies": {"lib": "workspace:*"}}"#,
                ),
                service(r#"{"name": "svc", "version": "1.0.0", "dependencies": {"is-buffer": "2.0.5"}}"#),
                (
                    "lib/package.json",
                    r#"{"name": "lib", "version": "1.0.0", "dependencies": {"ms": "2.1.2", "sub": "workspace:*"}}"#,
                ),
                (
                    "sub/package.json",
                    r#"{"name": "sub", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}"#,
                ),
            ],
            false,
        ),
        (
            "a required child of an optional package",
            vec![
                ROOT,
                service(r#"{"name": "svc", "version": "1.0.0", "optionalDependencies": {"debug": "4.3.4"}}"#),
            ],
            true,
        ),
        (
            "optional here and required elsewhere",
            vec![
                ROOT,
                service(
                    r#"{"name": "svc", "version": "1.0.0", "optionalDependencies": {"ms": "2.1.2"}, "dependencies": {"is-number": "7.0.0"}}"#,
                ),
                (
                    "other/package.json",
                    r#"{"name": "other", "version": "1.0.0", "dependencies": {"ms": "2.1.2"}}"#,
                ),
            ],
            true,
        ),
    ];
    for (name, files, macos) in cases {
        let root = dir.path().join("w");
        write(&root, &[WORKSPACE]);
        write(&root, &files);
        run(&pnpm, &["install", "--lockfile-only", "--no-frozen-lockfile"], &root);
        if macos {
            let path = root.join("pnpm-lock.yaml");
            fs::write(&path, for_macos(&fs::read_to_string(&path).unwrap())).unwrap();
        }
        let ours = ours(&root, rules);
        assert_eq!(ours, real(&pnpm, &root, &["svc", "lib", "sub", "other"]), "{name}, pnpm {version}");
        fs::remove_dir_all(&root).unwrap();
    }
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_9_installs_the_same() {
    compare("9.14.2", &PNPM_9);
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_10_installs_the_same() {
    compare("10.34.9", &PNPM_10);
}
