#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;

fn made(store: &Store, watch: Watch) -> PathBuf {
    let folder = store.root().join("build/tools/x");
    let made = store.kept_folder(&folder, watch, |folder| {
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        std::fs::write(folder.join("bin/node"), "node").unwrap();
        symlink("node", folder.join("bin/link")).unwrap();
        Ok::<_, StoreError>(())
    });
    made.unwrap();
    let again = store.kept_folder(&folder, watch, |_| Err(StoreError::Offline { what: "x".to_owned() }));
    again.expect("it is there already");
    folder
}

#[test]
fn a_folder_that_was_changed_or_copied_is_made_again() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 6] = [
        ("written, with its old time", |folder| {
            let path = folder.join("bin/node");
            let time = std::fs::metadata(&path).unwrap().modified().unwrap();
            std::fs::write(&path, "nodE").unwrap();
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }),
        ("gone", |folder| std::fs::remove_file(folder.join("bin/node")).unwrap()),
        ("not executable", |folder| {
            std::fs::set_permissions(folder.join("bin/node"), PermissionsExt::from_mode(0o600)).unwrap();
        }),
        ("a file in the place of a folder", |folder| {
            std::fs::remove_dir_all(folder).unwrap();
            std::fs::write(folder, "").unwrap();
        }),
        ("a link that leads nowhere", |folder| {
            std::fs::remove_file(folder.join("bin/node")).unwrap();
            symlink("/nowhere", folder.join("bin/node")).unwrap();
        }),
        ("copied", |folder| {
            std::fs::copy(folder.join("bin/node"), folder.join("bin/copy")).unwrap();
            std::fs::rename(folder.join("bin/copy"), folder.join("bin/node")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let folder = made(&store, Watch::Everything);
        std::fs::write(folder.join("added"), "").unwrap();
        assert!(store.has_folder(&folder, Watch::Everything), "nothing was done");
        change(&folder);
        assert!(!store.has_folder(&folder, Watch::Everything), "{what}");
        assert!(std::fs::symlink_metadata(&folder).is_err(), "{what}: it is gone");
        assert_eq!(store.damages()["build/tools"].count, 1);
        assert!(!store.has_folder(&folder, Watch::Everything) && store.damages().len() == 1);
    }
}

#[test]
fn names_and_modes_may_change_where_contents_are_watched() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let folder = made(&store, Watch::Contents);
    std::fs::hard_link(folder.join("bin/node"), dir.path().join("other")).unwrap();
    std::fs::set_permissions(folder.join("bin/node"), PermissionsExt::from_mode(0o755)).unwrap();
    assert!(store.has_folder(&folder, Watch::Contents));
    std::fs::write(folder.join("bin/node"), "longer").unwrap();
    assert!(!store.has_folder(&folder, Watch::Contents));
}

#[test]
fn a_folder_without_a_note_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let folder = store.root().join("unfolded/x");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(!store.has_folder(&folder, Watch::Everything));
    assert!(!folder.exists());
}

#[test]
fn a_folder_of_before_a_restart_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let folder = made(&store, Watch::Everything);
    assert!(boot_id().len() == 36 && store.has_folder_of(boot_id(), &folder, Watch::Everything));
    assert!(!store.has_folder_of("00000000-0000-4000-8000-000000000000", &folder, Watch::Everything));
    assert!(!folder.exists() && store.damages().is_empty(), "it is gone, and that is no damage");
}

#[test]
fn a_copy_of_a_folder_is_made_again_and_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let folder = made(&store, Watch::Everything);
    let copy = dir.path().join("copy");
    let copied = std::process::Command::new("cp").arg("-r").args([&folder, &copy]).status().unwrap();
    assert!(copied.success());
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&copy, &folder).unwrap();
    assert!(!store.has_folder(&folder, Watch::Everything));
    assert!(!folder.exists() && store.damages().is_empty());
}
