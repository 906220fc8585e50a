#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::manifest;

fn names(json: &str, path: &str) -> bool {
    Files::of(&manifest(json)).unwrap().names(path)
}

#[test]
fn a_folder_stands_for_all_in_it() {
    let json = r#"{"files": ["dist", "./lib/*"]}"#;
    assert!(names(json, "dist/index.js") && names(json, "dist/a/b.js"));
    assert!(names(json, "lib/a.js") && names(json, "lib/a/b.js"));
    assert!(!names(json, "src/index.ts") && !names(json, "package.json"));
}

#[test]
fn the_last_entry_that_says_something_counts() {
    let json = r#"{"files": ["dist", "!dist/**/*.map", "dist/keep.map"]}"#;
    assert!(!names(json, "dist/a/x.js.map") && names(json, "dist/keep.map") && names(json, "dist/x.js"));
}

#[test]
fn main_and_commands_are_taken_whatever_files_says() {
    let json = r#"{"files": [], "name": "x", "main": "./lib/index", "bin": {"a": "./bin/a.js"}}"#;
    assert!(names(json, "lib/index.js") && names(json, "bin/a.js") && !names(json, "lib/other.js"));
}

#[test]
fn a_dot_is_everything() {
    for all in [".", "./", "*", "**"] {
        let json = format!(r#"{{"files": ["{all}"]}}"#);
        assert!(names(&json, "index.js") && names(&json, "a/b/c.js"), "{all}");
    }
}

#[test]
fn a_package_without_files_has_no_rule() {
    assert!(Files::of(&manifest("{}")).is_none());
    assert!(Files::of(&manifest(r#"{"files": "dist"}"#)).is_none());
}
