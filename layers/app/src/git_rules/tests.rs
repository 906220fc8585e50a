#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

use super::*;

/// The files in a folder that are not excluded, checked from the top down.
fn kept(root: &Path) -> BTreeSet<String> {
    let rules = GitRules::new(root);
    let mut found = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let is_dir = entry.file_type().unwrap().is_dir();
            if path == ".git" || rules.ignores(&path, is_dir) {
                continue;
            }
            match is_dir {
                true => folders.push(path),
                false => found.extend([path]),
            }
        }
    }
    rules.check().unwrap();
    found
}

#[test]
fn the_same_files_count_as_for_git() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let files = [
        (
            ".gitignore",
            "\u{feff}*.log\n!keep.log\n/dist\nbuild/\n\\#x\nfoo/**/bar\nq?\n[ab].t\ntrail \n**/deep\n# c\n",
        ),
        ("a/.gitignore", "!x.log\n*.md\n/only\n"),
        ("a/b/.gitignore", "!*.md\nkeep.log\n"),
    ];
    let names = [
        "x.log",
        "keep.log",
        "dist/x",
        "a/dist/x",
        "build/x",
        "a/build",
        "#x",
        "foo/1/2/bar",
        "foo/bar",
        "q1",
        "q12",
        "a.t",
        "c.t",
        "trail",
        "a/x.log",
        "a/y.log",
        "a/r.md",
        "a/b/r.md",
        "a/b/keep.log",
        "a/only",
        "a/b/only",
        "a/b/deep/z",
        "A.LOG",
    ];
    for path in files.iter().map(|(path, _)| *path).chain(names) {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), "").unwrap();
    }
    files.iter().for_each(|(path, text)| std::fs::write(root.join(path), text).unwrap());
    let git = |arguments: &[&str]| {
        let out = Command::new("git").arg("-C").arg(root).args(arguments).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    let listed =
        git(&["-c", "core.excludesFile=/dev/null", "ls-files", "-z", "--others", "--exclude-standard"]);
    let listed: BTreeSet<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    assert_eq!(kept(root), listed);
    // A workspace inside the repository.
    let below = git(&[
        "-C",
        "a",
        "-c",
        "core.excludesFile=/dev/null",
        "ls-files",
        "-z",
        "--others",
        "--exclude-standard",
    ]);
    let below: BTreeSet<String> = below.split_terminator('\0').map(str::to_owned).collect();
    assert_eq!(kept(&root.join("a")), below);
}

#[test]
fn a_pipe_is_refused_and_does_not_wait() {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo").arg(dir.path().join(".gitignore")).status().unwrap();
    assert!(made.success());
    let rules = GitRules::new(dir.path());
    rules.ignores("x", false);
    let error = rules.check().unwrap_err().to_string();
    assert!(error.ends_with(".gitignore must be a file, and is a pipe"), "{error}");
}
