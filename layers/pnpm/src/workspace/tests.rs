#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use crate::{ImporterId, PnpmError, Workspace};

const LOCKFILE: &str = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace with these patterns and an empty package.json in each folder.
fn made(patterns: &str, folders: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "pnpm-workspace.yaml", patterns);
    write(dir.path(), "pnpm-lock.yaml", LOCKFILE);
    write(dir.path(), "package.json", r#"{"name": "root"}"#);
    for folder in folders {
        write(
            dir.path(),
            &format!("{folder}/package.json"),
            &format!(r#"{{"name": "@x/{}"}}"#, folder.replace('/', "-")),
        );
    }
    dir
}

fn packages(patterns: &str, folders: &[&str]) -> Vec<String> {
    let dir = made(patterns, folders);
    let workspace = Workspace::read(dir.path(), None).unwrap();
    workspace.manifests.keys().map(ToString::to_string).collect()
}

#[test]
fn patterns_are_pnpms() {
    let folders = &[
        "apps/a",
        "apps/b",
        "apps/a/node_modules/x",
        "apps/.hidden",
        "libs/deep/c",
        "libs/deep/test/d",
        "bower_components/e",
        "tools",
    ];
    assert_eq!(packages("packages: ['apps/*']", folders), [".", "apps/a", "apps/b"]);
    assert_eq!(packages("packages:\n  - ./apps/*/\n  - '!apps/b'\n", folders), [".", "apps/a"]);
    assert_eq!(
        packages("packages: ['!apps/b', 'apps/*']", folders),
        [".", "apps/a"],
        "! counts wherever it stands"
    );
    assert_eq!(packages("packages: ['libs/**', '!**/test/**']", folders), [".", "libs/deep/c"]);
    assert_eq!(
        packages("packages: ['**']", folders),
        [".", "apps/a", "apps/b", "libs/deep/c", "libs/deep/test/d", "tools"]
    );
    assert_eq!(
        packages("packages: ['{apps,libs/deep}/*']", folders),
        [".", "apps/a", "apps/b", "libs/deep/c"]
    );
    assert_eq!(
        packages("packages: [tools, apps/.hidden, apps/?, missing]", folders),
        [".", "apps/.hidden", "apps/a", "apps/b", "tools"]
    );
    assert_eq!(packages("packages: ['apps/[ab]', '!.']", folders), [".", "apps/a", "apps/b"]);
    assert_eq!(packages("", folders), ["."]);
    assert_eq!(packages("catalog: {}", folders), ["."]);
}

#[test]
fn patterns_that_cannot_be_followed_are_refused() {
    for pattern in ["../x/*", "/etc/*", "a/../../b", "apps/!(a)", "apps/["] {
        let dir = made(&format!("packages: ['{pattern}']"), &["apps/a"]);
        let error = Workspace::read(dir.path(), None).unwrap_err();
        assert!(
            matches!(&error, PnpmError::Malformed { message, .. } if message.to_string().contains(pattern)),
            "{pattern}: {error}"
        );
    }
}

#[test]
fn a_circle_of_links_ends() {
    let dir = made("packages: ['**', 'links/*']", &["apps/a"]);
    fs::create_dir(dir.path().join("links")).unwrap();
    std::os::unix::fs::symlink("../apps/a", dir.path().join("links/a")).unwrap();
    std::os::unix::fs::symlink("..", dir.path().join("links/up")).unwrap();
    let workspace = Workspace::read(dir.path(), None).unwrap();
    let folders: Vec<_> = workspace.manifests.keys().map(ImporterId::as_str).collect();
    assert_eq!(folders, [".", "apps/a", "links/a", "links/up"]);
}

#[test]
fn the_root_is_found_from_below() {
    let dir = made("packages: ['apps/*']", &["apps/a"]);
    let below = dir.path().join("apps/a");
    write(&below, "pnpm-lock.yaml", LOCKFILE);
    assert_eq!(Workspace::find(&below).unwrap(), dir.path());
    fs::remove_file(dir.path().join("pnpm-workspace.yaml")).unwrap();
    assert_eq!(Workspace::find(&below).unwrap(), below);
    fs::remove_file(below.join("pnpm-lock.yaml")).unwrap();
    assert_eq!(Workspace::find(&below).unwrap(), dir.path());
    fs::remove_file(dir.path().join("pnpm-lock.yaml")).unwrap();
    let error = Workspace::find(&below).unwrap_err();
    assert!(matches!(error, PnpmError::NoWorkspace { .. }));
}

#[test]
fn a_folder_that_is_no_package_is_answered_with_those_that_are() {
    let dir = made("packages: ['services/*']", &["services/auth", "services/finance"]);
    let workspace = Workspace::read(dir.path(), None).unwrap();
    assert_eq!(workspace.importer("./services/auth/").unwrap().as_str(), "services/auth");
    for (wanted, suggestion) in [
        ("auth", "services/auth"),
        ("@x/services-finance", "services/finance"),
        ("services/auht", "services/auth"),
    ] {
        let error = workspace.importer(wanted).unwrap_err();
        let PnpmError::NoImporter { suggestion: found, .. } = &error else { panic!("{error}") };
        assert_eq!(found.as_deref(), Some(suggestion));
        assert!(error.to_string().contains("services/auth, services/finance"), "{error}");
    }
    for wanted in ["../x", "..", "something/else"] {
        let error = workspace.importer(wanted).unwrap_err();
        assert!(matches!(error, PnpmError::NoImporter { suggestion: None, .. }), "{wanted}: {error:?}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let dir = made("packages: ['apps/*']", &["apps/a"]);
    let read = || Workspace::read(dir.path(), None).map(drop);
    write(dir.path(), "apps/a/package.json", "{\n  \"name\": \n}");
    let error = read().unwrap_err().to_string();
    assert!(error.contains("apps/a/package.json") && error.contains("line 3"), "{error}");
    write(dir.path(), "apps/a/package.json", "\u{feff}{\"name\": \"x\"}");
    read().unwrap();
    fs::remove_file(dir.path().join("apps/a/package.json")).unwrap();
    write(dir.path(), "apps/a/package.yaml", "name: x\n");
    assert!(read().unwrap_err().to_string().contains("package.yaml"));
    fs::remove_file(dir.path().join("apps/a/package.yaml")).unwrap();
    write(dir.path(), "pnpm-workspace.yaml", "- a\n");
    assert!(read().unwrap_err().to_string().contains("pnpm-workspace.yaml"));
    write(dir.path(), "pnpm-workspace.yaml", "");
    write(dir.path(), "pnpm-lock.yaml", "lockfileVersion: '13.0'\n");
    assert!(matches!(read().unwrap_err(), PnpmError::Lockfile { .. }));
    fs::remove_file(dir.path().join("pnpm-lock.yaml")).unwrap();
    assert!(matches!(read().unwrap_err(), PnpmError::NoLockfile { .. }));
    write(dir.path(), "pnpm-lock.main.yaml", "lockfileVersion: '9.0'\n");
    let error = read().unwrap_err();
    assert!(error.to_string().contains("pnpm-lock.main.yaml"), "{error}");
    assert!(matches!(error, PnpmError::BranchLockfile { .. }), "{error:?}");
}

#[test]
fn the_rules_are_the_workspaces_unless_told() {
    let dir = made("", &[]);
    let read = |rules| Workspace::read(dir.path(), rules).unwrap();
    assert_eq!((read(None).rules, read(None).notes.len()), (&PNPM_10, 1));
    for (manager, rules, notes) in [
        ("pnpm@9.14.2", &PNPM_9, 0),
        ("pnpm@10.34.9+sha512.abc", &PNPM_10, 0),
        ("pnpm@11.28.11", &PNPM_11, 0),
        ("pnpm@11.99.0", &PNPM_11, 1),
        ("pnpm@12", &PNPM_12, 0),
        ("pnpm@8.15.9", &PNPM_9, 1),
        ("pnpm@14.0.0", &PNPM_12, 1),
        ("yarn@4.0.0", &PNPM_10, 1),
    ] {
        write(dir.path(), "package.json", &format!(r#"{{"packageManager": "{manager}"}}"#));
        let workspace = read(None);
        assert_eq!((workspace.rules, workspace.notes.len()), (rules, notes), "{manager}");
    }
    assert_eq!(read(Some(&PNPM_9)).rules, &PNPM_9);
}

#[test]
fn without_a_name_the_hashes_of_the_lockfile_tell_the_rules() {
    let dir = made("", &[]);
    for (lockfile, rules) in [
        ("lockfileVersion: '6.0'\n", &PNPM_9),
        ("lockfileVersion: '9.0'\npackageExtensionsChecksum: 26fb8a4f50022ef2dc883f545c5db84e\n", &PNPM_9),
        ("lockfileVersion: '9.0'\npackageExtensionsChecksum: sha256-AAAA\n", &PNPM_10),
        ("lockfileVersion: '9.0'\npatchedDependencies:\n  a: 48e476e8e16d\n", &PNPM_11),
        ("lockfileVersion: '9.0'\nsnapshots:\n  a@1.0.0(gj7tlyi2ywz34puyo7uxxfvsfm): {}\n", &PNPM_9),
        ("lockfileVersion: '9.0'\nsnapshots:\n  a@1.0.0(9ade087a3914251c2950d1ac5bbe2d6d): {}\n", &PNPM_10),
        ("lockfileVersion: '9.0'\nsnapshots:\n  a@1.0.0(react@18.0.0): {}\n", &PNPM_10),
    ] {
        write(dir.path(), "pnpm-lock.yaml", lockfile);
        assert_eq!(Workspace::read(dir.path(), None).unwrap().rules, rules, "{lockfile}");
    }
}

#[test]
fn links_that_the_lockfile_leaves_out_come_from_package_json() {
    let dir = made("packages: [svc, lib]\nexcludeLinksFromLockfile: true\n", &["svc", "lib"]);
    write(dir.path(), "svc/package.json", r#"{"dependencies": {"lib": "link:../lib"}}"#);
    let settings = "settings:\n  excludeLinksFromLockfile: true\n";
    write(
        dir.path(),
        "pnpm-lock.yaml",
        &format!("lockfileVersion: '9.0'\n{settings}importers:\n  svc: {{}}\n  lib: {{}}\n"),
    );
    let workspace = Workspace::read(dir.path(), Some(&PNPM_10)).unwrap();
    crate::check_fresh(&workspace).unwrap();
    assert_eq!(workspace.lockfile.importers["svc"].dependencies["lib"].version, "link:../lib");
}
