//! `fourply store prune`: a store that lost what it had, in whole or in part, leads to the same image.

use std::path::{Path, PathBuf};

use super::program::{digest, error, tool};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

/// A workspace and the registry that its one package comes from.
fn tiny() -> (Tiny, Npm) {
    let package = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, package.clone()));
    (Tiny::new(&package, &npm.url()), npm)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let list = tool("find", &[folder.to_str().unwrap(), "-type", "f", "-not", "-path", "*/locks/*"]);
    list.lines().map(PathBuf::from).collect()
}

fn said(tiny: &Tiny, args: &[&str]) -> String {
    digest(&mut tiny.fourply(&[&["store", "prune"], args].concat()))
}

#[test]
fn a_store_that_was_emptied_is_filled_again() {
    let (tiny, npm) = tiny();
    let first = digest(&mut tiny.build());
    let before = files(&tiny.store());
    assert!(before.len() > 5, "{before:?}");
    assert!(said(&tiny, &[]).contains("freed 0 B"), "all of it was just used");
    assert!(said(&tiny, &["--keep-bytes", "0", "--dry-run"]).contains("would free"));
    assert_eq!(files(&tiny.store()), before);
    assert_eq!(npm.asked(), 1);
    let text = said(&tiny, &["--keep-bytes", "0"]);
    assert!(text.contains("packs ") && text.ends_with("; 0 B left"), "{text}");
    assert!(files(&tiny.store()).is_empty(), "{:?}", files(&tiny.store()));
    assert_eq!(digest(&mut tiny.build()), first);
    assert_eq!(npm.asked(), 2);
    let text = error(&mut tiny.fourply(&["store", "prune", "--store", "/nowhere"]), 1);
    assert!(text.contains("/nowhere is no store"), "{text}");
    let text = error(&mut tiny.fourply(&["store", "prune", "--keep-bytes", "20GiB"]), 2);
    assert!(text.contains("write kB, MB, GB or TB"), "{text}");
}

/// What goes is chosen file by file, so any of them may be missing.
#[test]
fn a_store_that_lost_any_one_file_gives_the_same_image() {
    let (tiny, _npm) = tiny();
    let first = digest(&mut tiny.build());
    for file in files(&tiny.store()) {
        if file.exists() {
            std::fs::remove_file(&file).unwrap();
            assert_eq!(digest(&mut tiny.build()), first, "without {}", file.display());
        }
    }
}
