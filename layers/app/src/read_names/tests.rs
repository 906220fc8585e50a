#![allow(clippy::unwrap_used)]

use std::time::SystemTime;

use super::*;
use crate::SourceKind;
use crate::hash::hash_sources;
use crate::sources::SourceFile;
use crate::stat_cache::StatCache;
use crate::testing::write;

fn of<T>(files: &[(&str, &str)], look: impl FnOnce(&Path, &[HashedSource]) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let kind = SourceKind::File { executable: false };
    let sources = files.iter().map(|(path, _)| SourceFile { path: (*path).to_owned(), kind: kind.clone() });
    let hashed =
        hash_sources(folder.path(), sources.collect(), &mut StatCache::default(), SystemTime::now()).unwrap();
    look(folder.path(), &hashed)
}

#[test]
fn a_build_reads_what_its_tools_read_and_a_framework_that_renders_reads_all() {
    let files = [
        ("a/src/main.ts", "connect(process.env.API_BASE)"),
        ("a/vite.config.ts", "define(process.env.APP_NAME)"),
        ("a/package.json", r#"{"scripts": {"build": "tsc && echo $STAMP"}}"#),
    ];
    let names = BTreeSet::from(["API_BASE", "APP_NAME", "APP", "STAMP"]);
    let read = |files: &[(&str, &str)]| of(files, |root, sources| read_by_builds(root, sources, &names));
    assert_eq!(read(&files), BTreeSet::from(["APP_NAME", "STAMP"]));
    let next = ("web/package.json", r#"{"dependencies": {"next": "15"}}"#);
    assert_eq!(read(&[&files[..], &[next]].concat()), BTreeSet::from(["API_BASE", "APP_NAME", "STAMP"]));
}

#[test]
fn a_name_that_nothing_reads_is_told_with_the_one_that_is_near() {
    let files = [("a/src/main.ts", "process.env.GIT_SHA + process.env.DB_HOST + process.env['OTHER_A']")];
    let given = BTreeSet::from(["GIT_SHAA", "DB_PORT", "OTHER_A", "API_URI", "NOTHING_LIKE_IT"]);
    let found = of(&files, |root, sources| misspelt(root, sources, &given, &BTreeSet::from(["API_URL"])));
    let expected = [("API_URI", "API_URL"), ("GIT_SHAA", "GIT_SHA")];
    assert_eq!(found, expected.map(|(name, near)| (name.to_owned(), near.to_owned())).into());
}
