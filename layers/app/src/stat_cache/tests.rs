#![allow(clippy::unwrap_used)]

use super::*;

fn stat_of(path: &Path) -> Stat {
    Stat::of(&fs_err::symlink_metadata(path).unwrap())
}

fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

fn cache_of(path: &Path, now: SystemTime) -> StatCache {
    let mut cache = StatCache::default();
    cache.replace([(&"a b.ts".to_owned(), stat_of(path), Key::of(b"x"))].into_iter(), now);
    cache
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "x").unwrap();
    let cache = cache_of(&file, later());
    let path = folder.path().join("stat/cache");
    cache.write(&path).unwrap();
    let read = StatCache::read(&path);
    assert_eq!(read, cache);
    assert_eq!(read.get("a b.ts", &stat_of(&file)), Some(Key::of(b"x")));
    assert_eq!(read.get("other", &stat_of(&file)), None);
    assert_eq!(parse(&cache.text("one"), "one"), Some(cache.clone()));
    assert_eq!(parse(&cache.text("one"), "another"), None, "the machine was restarted");
}

#[test]
fn a_file_changed_just_before_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "x").unwrap();
    let changed = fs_err::metadata(&file).unwrap().modified().unwrap();
    let at = |seconds| cache_of(&file, changed + Duration::from_secs(seconds)).get("a b.ts", &stat_of(&file));
    assert_eq!(at(0), None);
    assert_eq!(at(1), None);
    assert_eq!(at(4), Some(Key::of(b"x")));
}

#[test]
fn a_rewritten_file_of_the_same_size_and_time_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "x").unwrap();
    let cache = cache_of(&file, later());
    let time = fs_err::metadata(&file).unwrap().modified().unwrap();
    let other = folder.path().join("other");
    fs_err::write(&other, "y").unwrap();
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
    fs_err::rename(&other, &file).unwrap();
    assert_eq!(cache.get("a b.ts", &stat_of(&file)), None);
}

#[test]
fn a_damaged_cache_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs_err::write(&file, "x").unwrap();
    let path = folder.path().join("cache");
    cache_of(&file, later()).write(&path).unwrap();
    let whole = fs_err::read(&path).unwrap();
    for index in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[index] ^= 1;
        fs_err::write(&path, &bytes).unwrap();
        assert_eq!(StatCache::read(&path), StatCache::default(), "byte {index}");
        fs_err::write(&path, &whole[..index]).unwrap();
        assert_eq!(StatCache::read(&path), StatCache::default(), "cut at {index}");
    }
}
