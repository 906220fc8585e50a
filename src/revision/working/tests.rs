#![allow(clippy::unwrap_used)]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;

/// A repository with one commit of `a.txt`, `run.sh` (executable) and the link `link`, and the commit's files in a second folder.
struct Pair {
    folder: tempfile::TempDir,
    checkout: tempfile::TempDir,
}

impl Pair {
    fn new(attributes: &str) -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let pair = Pair { folder, checkout: tempfile::tempdir().unwrap() };
        pair.git(&["init", "-q"]);
        pair.write("a.txt", "a\nb\n");
        pair.write("run.sh", "true\n");
        pair.mode("run.sh", 0o755);
        pair.write(".gitattributes", attributes);
        fs_err::os::unix::fs::symlink("a.txt", pair.folder.path().join("link")).unwrap();
        pair.git(&["add", "."]);
        pair.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one"]);
        pair
    }

    fn git(&self, args: &[&str]) {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.folder.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let status = command.status().unwrap();
        assert!(status.success(), "{args:?}");
    }

    fn write(&self, path: &str, text: &str) {
        fs_err::write(self.folder.path().join(path), text).unwrap();
    }

    fn mode(&self, path: &str, mode: u32) {
        fs_err::set_permissions(self.folder.path().join(path), Permissions::from_mode(mode)).unwrap();
    }

    fn differing(&self) -> Vec<String> {
        let history = History::open(self.folder.path()).unwrap();
        let commit = history.commit("HEAD").unwrap();
        let tree = history.tree(&commit).unwrap();
        if !self.checkout.path().join(".git").exists() {
            history.write(&tree, self.checkout.path()).unwrap();
        }
        let found = history.differing_on_disk(&commit, &tree, self.checkout.path(), |_| true).unwrap();
        found.into_iter().collect()
    }
}

#[test]
fn what_the_index_hides_is_found() {
    let pair = Pair::new("");
    assert!(pair.differing().is_empty());
    pair.git(&["config", "core.fileMode", "false"]);
    pair.mode("run.sh", 0o644);
    pair.git(&["update-index", "--assume-unchanged", "a.txt"]);
    pair.write("a.txt", "a\nc\n");
    assert_eq!(pair.differing(), ["a.txt", "run.sh"]);
}

#[test]
fn a_link_to_another_place_is_found() {
    let pair = Pair::new("");
    pair.git(&["update-index", "--skip-worktree", "link"]);
    fs_err::remove_file(pair.folder.path().join("link")).unwrap();
    fs_err::os::unix::fs::symlink("run.sh", pair.folder.path().join("link")).unwrap();
    assert_eq!(pair.differing(), ["link"]);
}

#[test]
fn line_ends_that_only_this_clone_converts_are_found() {
    let pair = Pair::new("");
    pair.git(&["config", "core.autocrlf", "true"]);
    pair.write("a.txt", "a\r\nb\r\n");
    assert_eq!(pair.differing(), ["a.txt"]);
}

#[test]
fn line_ends_that_the_commit_asks_for_are_no_difference() {
    let pair = Pair::new("a.txt text eol=crlf\n");
    pair.write("a.txt", "a\r\nb\r\n");
    // An older git cannot be asked for the attributes of a commit, but those here are the same.
    assert!(pair.differing().is_empty());
    pair.write("a.txt", "a\nb\r\n");
    assert_eq!(pair.differing(), ["a.txt"]);
}

#[test]
fn a_file_of_lfs_is_known_by_its_hash() {
    let hash = Digest::of(b"large").hex();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize 5\n");
    assert_eq!(lfs_hash(pointer.as_bytes()), Some(hash));
    assert_eq!(lfs_hash(b"version 1\noid sha256:ab\n"), None);
}
