#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;

fn file(path: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), kind: SourceKind::File { executable: false } }
}

fn link(path: &str, target: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), kind: SourceKind::Symlink { target: target.to_owned() } }
}

#[test]
fn contents_are_those_that_b3sum_prints() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("a"), "abc").unwrap();
    let hashed =
        hash_sources(folder.path(), vec![file("a")], &mut StatCache::default(), SystemTime::now()).unwrap();
    let expected = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
    assert_eq!(hashed[0].content.hex(), expected);
}

#[test]
fn a_settled_file_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs_err::write(&path, "abc").unwrap();
    let later = SystemTime::now() + Duration::from_secs(60);
    let mut cache = StatCache::default();
    let hash = |cache: &mut StatCache| {
        hash_sources(folder.path(), vec![file("a")], cache, later).unwrap()[0].content
    };
    let content = hash(&mut cache);
    assert_eq!(cache.get("a", &Stat::of(&fs_err::metadata(&path).unwrap())), Some(content));
    let wrong = Key::of(b"planted");
    cache.replace([(&"a".to_owned(), Stat::of(&fs_err::metadata(&path).unwrap()), wrong)].into_iter(), later);
    assert_eq!(hash(&mut cache), wrong);
    fs_err::write(&path, "abcd").unwrap();
    assert_eq!(hash(&mut cache), Key::of(b"abcd"));
}

#[test]
fn the_key_tells_lists_apart() {
    let hashed =
        |source: SourceFile, content: &[u8]| vec![HashedSource { source, content: Key::of(content) }];
    let executable = SourceFile { path: "a".to_owned(), kind: SourceKind::File { executable: true } };
    let keys = [
        list_key(&[]),
        list_key(&hashed(file("a"), b"x")),
        list_key(&hashed(file("a"), b"y")),
        list_key(&hashed(file("b"), b"x")),
        list_key(&hashed(executable, b"x")),
        list_key(&hashed(link("a", "x"), b"x")),
    ];
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sources = vec![file("absent")];
    let error =
        hash_sources(folder.path(), sources, &mut StatCache::default(), SystemTime::now()).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
    assert_eq!(error.category(), fourply_blob::Category::User);
}
