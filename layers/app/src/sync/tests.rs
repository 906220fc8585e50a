#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use super::*;
use crate::hash::hash_sources;
use crate::sources::SourceFile;
use crate::testing::write;

struct Folders {
    from: tempfile::TempDir,
    to: tempfile::TempDir,
}

impl Folders {
    fn new() -> Folders {
        Folders { from: tempfile::tempdir().unwrap(), to: tempfile::tempdir().unwrap() }
    }

    fn hashed(&self, paths: &[&str]) -> Vec<HashedSource> {
        let source = |path: &&str| {
            let metadata = fs_err::symlink_metadata(self.from.path().join(path)).unwrap();
            let kind = match metadata.is_symlink() {
                true => SourceKind::Symlink {
                    target: fourply_scripts::files::read_target(&self.from.path().join(path)).unwrap(),
                },
                false => SourceKind::File { executable: metadata.permissions().mode() & 0o111 != 0 },
            };
            SourceFile { path: (*path).to_owned(), kind }
        };
        let sources = paths.iter().map(source).collect();
        hash_sources(self.from.path(), sources, &mut StatCache::default(), SystemTime::now()).unwrap()
    }

    fn sync(&self, paths: &[&str], last: &StatCache) -> StatCache {
        let modules = BTreeSet::from(["node_modules".to_owned(), "a/node_modules".to_owned()]);
        sync(self.from.path(), &self.hashed(paths), self.to.path(), &modules, last).unwrap()
    }

    fn tree(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.to.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                }
                found.push(relative(self.to.path(), &entry.path()).unwrap());
            }
        }
        found.sort();
        found
    }
}

#[test]
fn the_folder_holds_the_sources_and_nothing_else_beside_node_modules() {
    let folders = Folders::new();
    write(folders.from.path(), &[("a/x.ts", "1"), ("a/run.sh", "2"), ("b/y.ts", "3")]);
    fs_err::set_permissions(folders.from.path().join("a/run.sh"), Permissions::from_mode(0o700)).unwrap();
    symlink("../b", folders.from.path().join("a/b")).unwrap();
    let stale = [
        ("a/dist/main.js", ""),
        ("a/x.tsbuildinfo", ""),
        ("b/y.ts/in/the/way", ""),
        ("old/z.ts", ""),
        ("a/src/node_modules/x", ""),
        ("node_modules/p/index.js", ""),
        ("a/node_modules/q/index.js", ""),
    ];
    write(folders.to.path(), &stale);
    let last = folders.sync(&["a/b", "a/run.sh", "a/x.ts", "b/y.ts"], &StatCache::default());
    let expected = [
        "a",
        "a/b",
        "a/node_modules",
        "a/node_modules/q",
        "a/node_modules/q/index.js",
        "a/run.sh",
        "a/x.ts",
        "b",
        "b/y.ts",
        "node_modules",
        "node_modules/p",
        "node_modules/p/index.js",
    ];
    assert_eq!(folders.tree(), expected);
    let mode = |path: &str| {
        fs_err::symlink_metadata(folders.to.path().join(path)).unwrap().permissions().mode() & 0o7777
    };
    assert_eq!((mode("a"), mode("a/run.sh"), mode("a/x.ts")), (0o755, 0o755, 0o644));
    let modified = fs_err::metadata(folders.to.path().join("a/x.ts")).unwrap().modified().unwrap();
    assert_eq!(modified, source_time());
    let again = folders.sync(&["a/b", "a/run.sh", "a/x.ts", "b/y.ts"], &last);
    assert_eq!(again, last);
}

#[test]
fn only_what_differs_is_written() {
    use std::os::unix::fs::MetadataExt;
    let folders = Folders::new();
    write(folders.from.path(), &[("a.ts", "1"), ("b.ts", "1")]);
    let inode = |path: &str| fs_err::metadata(folders.to.path().join(path)).unwrap().ino();
    let first = folders.sync(&["a.ts", "b.ts"], &StatCache::default());
    let before = (inode("a.ts"), first.clone());
    write(folders.from.path(), &[("b.ts", "2")]);
    let second = folders.sync(&["a.ts", "b.ts"], &first);
    assert_eq!(inode("a.ts"), before.0);
    assert_ne!(second, before.1);
    assert_eq!(fs_err::read_to_string(folders.to.path().join("b.ts")).unwrap(), "2");
}

#[test]
fn what_a_script_did_to_a_source_is_undone() {
    let folders = Folders::new();
    write(folders.from.path(), &[("schema.gql", "type A"), ("run.sh", "x"), ("gone.ts", "y")]);
    let paths = ["gone.ts", "run.sh", "schema.gql"];
    let last = folders.sync(&paths, &StatCache::default());
    let to = folders.to.path();
    fs_err::write(to.join("schema.gql"), "type B").unwrap();
    fs_err::set_permissions(to.join("run.sh"), Permissions::from_mode(0o755)).unwrap();
    fs_err::remove_file(to.join("gone.ts")).unwrap();
    folders.sync(&paths, &last);
    assert_eq!(fs_err::read_to_string(to.join("schema.gql")).unwrap(), "type A");
    assert_eq!(fs_err::metadata(to.join("run.sh")).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs_err::read_to_string(to.join("gone.ts")).unwrap(), "y");
}

#[test]
fn a_source_that_changed_since_it_was_hashed_is_refused() {
    let folders = Folders::new();
    write(folders.from.path(), &[("a.ts", "1")]);
    let hashed = folders.hashed(&["a.ts"]);
    write(folders.from.path(), &[("a.ts", "2")]);
    let result =
        sync(folders.from.path(), &hashed, folders.to.path(), &BTreeSet::new(), &StatCache::default());
    assert!(matches!(result, Err(AppError::Changed { path }) if path.ends_with("a.ts")));
}
