#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn paths_of_trees_stay_below_the_folder() {
    for path in ["a", "a/b.txt", ".gitignore", "a/.github/x", "...", "a b"] {
        assert!(safe(path.as_bytes()).is_ok(), "{path}");
    }
    for path in ["", "/a", "../a", "a/../b", ".git/config", "a/.GIT/x"] {
        assert!(safe(path.as_bytes()).is_err(), "{path}");
    }
}

#[test]
fn the_command_for_a_missing_commit_fits_its_name() {
    let hash = "0123456789012345678901234567890123456789";
    let origin = &["other", "origin"][..];
    assert_eq!(fetch(hash, true, origin), format!("fetch it: git fetch --depth=1 origin {hash}"));
    let branch = "fetch it: git fetch --depth=1 origin main:refs/remotes/origin/main";
    assert_eq!(fetch("origin/main", true, origin), branch);
    assert_eq!(fetch("origin/main", false, origin), branch);
    assert_eq!(fetch("HEAD~3", true, origin), "fetch the history: git fetch --unshallow origin");
    assert!(!fetch("origin/$(x)", false, origin).contains("$(x)"));
}

#[test]
fn no_command_names_a_remote_that_is_not_there() {
    assert!(!fetch("origin/main", false, &[]).contains("git fetch"));
    assert!(!fetch("origin/main", true, &["up"]).contains("git fetch"));
    let branch = "fetch it: git fetch --depth=1 up main:refs/remotes/up/main";
    assert_eq!(fetch("up/main", false, &["up"]), branch);
    assert_eq!(fetch("HEAD~3", true, &["up"]), "fetch the history: git fetch --unshallow up");
}

#[test]
fn what_git_lists_is_read_or_refused() {
    let mut tree = CommitTree::default();
    let listed = b"100644 blob aa      12\tpackage.json\x00120000 blob bb       3\tlink\x00160000 commit cc       -\tsub\0";
    tree.add(listed, false).unwrap();
    let kinds: Vec<EntryKind> = tree.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::File, EntryKind::Link, EntryKind::Submodule]);
    assert_eq!(tree.submodules().collect::<Vec<_>>(), ["sub"]);
    assert!(tree.add(b"no list\0", false).is_err());
}
