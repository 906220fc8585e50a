#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use fourply_pnpm::rules::PNPM_10;

use super::*;

/// A package with this package.json, and with one script of this size that all other paths lead to.
struct OneScript {
    manifest: String,
    size: usize,
    given: Cell<usize>,
    below: usize,
}

impl OneScript {
    fn new(manifest: String) -> OneScript {
        OneScript { manifest, size: 1, given: Cell::new(0), below: 0 }
    }

    fn offer(&self) -> Result<usize> {
        let offered = offer(self, "thing@1.0.0", &PNPM_10.bins.commands)?;
        Ok(offered.unwrap().count())
    }
}

impl PackageFiles for OneScript {
    fn read(&self, path: &str, most: usize) -> Option<(Vec<u8>, bool)> {
        if path == "package.json" {
            return Some((self.manifest.clone().into_bytes(), false));
        }
        let size = most.min(self.size);
        self.given.set(self.given.get() + size);
        Some((vec![b'x'; size], true))
    }

    fn is_directory(&self, _path: &str) -> bool {
        false
    }

    fn below(&self, directory: &str) -> Vec<String> {
        (0..self.below).map(|number| format!("{directory}/c{number}")).collect()
    }
}

fn with_bin(count: usize) -> String {
    let bin: serde_json::Map<String, Value> =
        (0..count).map(|number| (format!("c{number}"), "cli.js".into())).collect();
    serde_json::json!({ "name": "thing", "version": "1.0.0", "bin": bin }).to_string()
}

fn refused(files: &OneScript, words: &str) {
    let Err(error) = files.offer() else { panic!("{words} was expected") };
    assert_eq!(error.to_string(), format!("the package.json of thing@1.0.0 cannot be read: {words}"));
}

#[test]
fn ten_thousand_commands_are_read_and_no_more() {
    assert_eq!(OneScript::new(with_bin(10_000)).offer().unwrap(), 10_000);
    let more = OneScript::new(with_bin(10_001));
    refused(&more, "its bin has 10001 commands; at most 10000 are read");
    assert_eq!(more.given.get(), 0, "no script is read for a package that is refused");
}

#[test]
fn a_folder_of_commands_has_the_same_bound() {
    let manifest = r#"{"name":"thing","directories":{"bin":"bin"}}"#.to_owned();
    let files = |below| OneScript { below, ..OneScript::new(manifest.clone()) };
    assert_eq!(files(10_000).offer().unwrap(), 10_000);
    refused(&files(10_001), "its directories.bin has 10001 commands; at most 10000 are read");
}

#[test]
fn of_a_large_script_only_the_start_is_read_for_each_command() {
    let files = OneScript { size: 1 << 30, ..OneScript::new(with_bin(100)) };
    assert_eq!(files.offer().unwrap(), 100);
    assert!(files.given.get() <= 100 << 16, "{} bytes", files.given.get());
}

#[test]
fn a_workspaces_own_package_has_the_same_bound() {
    let root = tempfile::tempdir().unwrap();
    let manifest: Value = serde_json::from_str(&with_bin(10_001)).unwrap();
    let folder = crate::testing::id("libs/tools");
    let rules = &PNPM_10.bins.commands;
    let Err(error) = of_folder(root.path(), &folder, None, Some(&manifest), rules) else {
        panic!("its commands are too many")
    };
    let text = error.to_string();
    assert!(text.contains("libs/tools cannot be read: its bin has 10001 commands"), "{text}");
}

#[test]
fn a_folder_of_an_archive_is_found_between_its_neighbours() {
    let store = tempfile::tempdir().unwrap();
    let store = Store::open(store.path()).unwrap();
    let mut builder = fourply_store::PackBuilder::new();
    for path in ["a-b/x", "a/deep/x", "a.js", "b"] {
        builder.add_file(path, false, b"x".to_vec()).unwrap();
    }
    let pack = builder.finish(&store).unwrap();
    let files = PackFiles { pack: &pack, prefix: "" };
    let folders = ["a", "a-b", "a/deep", "a.js", "b", "a/d", "c", "a-"].map(|path| files.is_directory(path));
    assert_eq!(folders, [true, true, true, false, false, false, false, false]);
    let inner = PackFiles { pack: &pack, prefix: "a/" };
    assert_eq!((inner.is_directory("deep"), inner.is_directory("x")), (true, false));
}
