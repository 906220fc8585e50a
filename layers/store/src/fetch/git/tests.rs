#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use crate::{FetchSettings, Fetcher, GitOptions, Store};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]);
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with two commits, and the hash of the first.
fn repository(folder: &Path) -> String {
    git(folder, &["init", "--quiet", "."]);
    std::fs::write(folder.join("a.txt"), "one\r\n").unwrap();
    std::fs::write(folder.join(".gitattributes"), "*.txt filter=shout\n").unwrap();
    std::os::unix::fs::symlink("a.txt", folder.join("link")).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "--quiet", "-m", "first"]);
    let first = git(folder, &["rev-parse", "HEAD"]);
    std::fs::write(folder.join("a.txt"), "two").unwrap();
    git(folder, &["commit", "--quiet", "-am", "second"]);
    first
}

fn fetched(offline: bool, repo: &str, commit: &str, dest: &Path) -> crate::Result<()> {
    fetched_with(offline, repo, commit, dest, GitOptions::default())
}

fn fetched_with(
    offline: bool,
    repo: &str,
    commit: &str,
    dest: &Path,
    options: GitOptions,
) -> crate::Result<()> {
    let store = tempfile::tempdir().unwrap();
    let settings = FetchSettings { offline, ..FetchSettings::default() };
    Fetcher::new(Store::open(store.path()).unwrap(), settings).git_files(repo, commit, dest, options)
}

#[test]
fn submodules_come_along_where_they_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = dir.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    };
    let add = |to: &Path, url: &str, path: &str| {
        git(
            to,
            &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--name", "a.b", url, path],
        );
        git(to, &["commit", "--quiet", "-m", "submodule"]);
        git(to, &["rev-parse", "HEAD"])
    };
    let (inner, middle, outer) = (folder("inner"), folder("middle"), folder("outer"));
    for repo in [&inner, &middle, &outer] {
        repository(repo);
    }
    add(&middle, &format!("file://{}", inner.display()), "deep/inner");
    git(&outer, &["remote", "add", "origin", &format!("file://{}", outer.display())]);
    let commit = add(&outer, "../middle", "middle");
    let url = format!("git+file://{}", outer.display());
    let (without, with) = (folder("without"), folder("with"));
    fetched(false, &url, &commit, &without).unwrap();
    assert!(!without.join("middle/a.txt").exists());
    let options = GitOptions { submodules: true, repository: true };
    fetched_with(false, &url, &commit, &with, options).unwrap();
    for file in ["a.txt", "middle/a.txt", "middle/deep/inner/a.txt"] {
        assert_eq!(std::fs::read(with.join(file)).unwrap(), b"two", "{file}");
    }
    assert_eq!(git(&with, &["rev-parse", "HEAD"]), commit);
    assert_eq!(git(&with, &["status", "--porcelain", "--ignore-submodules=all"]), "");
}

#[test]
fn a_submodule_reads_no_file_of_this_machine() {
    let repo = tempfile::tempdir().unwrap();
    repository(repo.path());
    let link = format!("160000,{},there", "a".repeat(40));
    git(repo.path(), &["update-index", "--add", "--cacheinfo", &link]);
    std::fs::write(repo.path().join(".gitmodules"), "[submodule \"x\"]\npath = there\nurl = /etc\n").unwrap();
    git(repo.path(), &["add", ".gitmodules"]);
    git(repo.path(), &["commit", "--quiet", "-m", "third"]);
    let (commit, dest) = (git(repo.path(), &["rev-parse", "HEAD"]), tempfile::tempdir().unwrap());
    let url = format!("file://{}", repo.path().display());
    let options = GitOptions { submodules: true, repository: false };
    let error = fetched_with(false, &url, &commit, dest.path(), options).unwrap_err().to_string();
    assert!(error.contains("/etc cannot be used"), "{error}");
}

#[test]
fn the_files_are_those_of_the_commit_and_of_nothing_later() {
    let (repo, dest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = repository(repo.path());
    let url = format!("git+file://{}", repo.path().display());
    fetched(false, &url, &first, dest.path()).unwrap();
    assert_eq!(std::fs::read(dest.path().join("a.txt")).unwrap(), b"one\r\n");
    assert!(dest.path().join("link").is_symlink());
    assert!(!dest.path().join(".git").exists());
    let error = fetched(false, &url, &"0".repeat(40), dest.path()).unwrap_err().to_string();
    assert!(error.contains(&"0".repeat(40)), "{error}");
    let error = fetched(true, &url, &first, dest.path()).unwrap_err().to_string();
    assert!(error.ends_with("is not in the store, and the network may not be used"), "{error}");
}

#[test]
fn nothing_of_a_lockfile_becomes_an_option_or_a_command() {
    let dest = tempfile::tempdir().unwrap();
    let commit = "a".repeat(40);
    for repo in
        ["--upload-pack=touch x", "ext::sh -c id", "git+ext::sh", "/etc", "x", "https://h/\n", "-u@h:x"]
    {
        let error = fetched(false, repo, &commit, dest.path()).unwrap_err().to_string();
        assert!(error.contains("it is no https"), "{repo}: {error}");
    }
    for commit in ["main", "--all", "655c966", ""] {
        let error = fetched(false, "https://127.0.0.1:1/x", commit, dest.path()).unwrap_err().to_string();
        assert!(error.contains("no full hash"), "{commit}: {error}");
    }
    let error =
        fetched(false, "https://user:secret@127.0.0.1:1/x", &commit, dest.path()).unwrap_err().to_string();
    assert!(!error.contains("secret"), "{error}");
}
