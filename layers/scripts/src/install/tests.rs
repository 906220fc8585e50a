#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::list::*;
use super::*;
use crate::testing::write;

fn modules() -> BTreeSet<String> {
    BTreeSet::from(["node_modules".to_owned(), "a/node_modules".to_owned()])
}

/// A manually created install: the answer of `restore` depends only on the list.
fn installed(root: &Path, list: &Path) {
    write(
        root,
        &[
            ("node_modules/p/index.js", "1"),
            ("node_modules/p/lib/x.js", "2"),
            ("a/node_modules/q.js", "3"),
            ("a/src.ts", ""),
        ],
    );
    write_list(list, &listing(root, &modules()).unwrap(), boot_id()).unwrap();
}

/// As in a build: an unreadable list counts as none.
fn restore(root: &Path, list: &Path, modules: &BTreeSet<String>) -> Result<bool> {
    let Some(installed) = InstallSnapshot::installed(list) else { return Ok(false) };
    super::restore(root, &installed, &InstallSnapshot::of(root, modules)?)
}

#[test]
fn what_scripts_add_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (root, list) = (folder.path().join("app"), folder.path().join("installed"));
    installed(&root, &list);
    write(&root, &[("node_modules/.cache/tool/x", ""), ("node_modules/p/lib/y.js", ""), ("a/src2.ts", "")]);
    assert!(restore(&root, &list, &modules()).unwrap());
    assert!(!root.join("node_modules/.cache").exists() && !root.join("node_modules/p/lib/y.js").exists());
    assert!(root.join("a/src2.ts").exists() && root.join("node_modules/p/lib/x.js").exists());
    assert!(restore(&root, &list, &modules()).unwrap());
}

#[test]
fn what_scripts_change_or_remove_is_noticed() {
    type Change = fn(&Path);
    let changes: [Change; 6] = [
        |root| {
            // Same length, with the old time restored.
            let path = root.join("node_modules/p/index.js");
            let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
            fs_err::write(&path, "9").unwrap();
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        },
        |root| fs_err::write(root.join("node_modules/p/index.js"), "9").unwrap(),
        |root| fs_err::remove_file(root.join("a/node_modules/q.js")).unwrap(),
        |root| fs_err::remove_dir_all(root.join("node_modules/p/lib")).unwrap(),
        |root| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs_err::set_permissions(root.join("a/node_modules/q.js"), mode).unwrap();
        },
        |root| {
            fs_err::remove_file(root.join("a/node_modules/q.js")).unwrap();
            fs_err::create_dir(root.join("a/node_modules/q.js")).unwrap();
        },
    ];
    for (index, change) in changes.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let (root, list) = (folder.path().join("app"), folder.path().join("installed"));
        installed(&root, &list);
        change(&root);
        assert!(!restore(&root, &list, &modules()).unwrap(), "change {index}");
    }
}

#[test]
fn a_list_that_is_absent_or_cut_is_no_install() {
    let folder = tempfile::tempdir().unwrap();
    let (root, list) = (folder.path().join("app"), folder.path().join("installed"));
    installed(&root, &list);
    let whole = fs_err::read(&list).unwrap();
    fs_err::write(&list, &whole[..whole.len() / 2]).unwrap();
    assert!(!restore(&root, &list, &modules()).unwrap());
    fs_err::remove_file(&list).unwrap();
    assert!(!restore(&root, &list, &modules()).unwrap());
}

#[test]
fn an_install_of_nothing_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("installed");
    write_list(&list, &Vec::new(), "one").unwrap();
    assert_eq!(read_list(&list, "one"), Some(Vec::new()));
    assert_eq!(read_list(&list, "another"), None, "the machine was restarted");
}

#[test]
fn packages_that_lie_outside_of_node_modules_are_looked_at_as_well() {
    let closure = Closure {
        importers: vec![crate::testing::id("."), crate::testing::id("a")],
        others: BTreeSet::new(),
        unlinked: Default::default(),
        include: fourply_pnpm::Include::Production,
        direct: BTreeMap::new(),
        packages: BTreeMap::new(),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    };
    let folders = |links: &str, packages: &str| {
        let mut settings = crate::testing::settings();
        settings.folders.modules_dir = links.to_owned();
        settings.folders.virtual_store_dir = packages.to_owned();
        let folders: Vec<String> = modules_of(&closure, &settings).into_iter().collect();
        folders
    };
    assert_eq!(folders("node_modules", "node_modules/.pnpm"), ["a/node_modules", "node_modules"]);
    assert_eq!(folders("node_modules", "deps/.pnpm"), ["a/node_modules", "deps/.pnpm", "node_modules"]);
    assert_eq!(folders("nm", "nm-packages"), ["a/nm", "nm", "nm-packages"]);
}
