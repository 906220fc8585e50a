#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::Rules;
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12, PnpmVersion};

/// Paths that are all executable scripts.
struct Scripts(&'static [&'static str]);

impl PackageFiles for Scripts {
    fn read(&self, path: &str, _most: usize) -> Option<(Vec<u8>, bool)> {
        self.0.contains(&path).then(|| (b"#!/bin/sh\n".to_vec(), true))
    }

    fn is_directory(&self, path: &str) -> bool {
        self.0.iter().any(|file| file.starts_with(&format!("{path}/")))
    }

    fn below(&self, directory: &str) -> Vec<String> {
        let inside = format!("{directory}/");
        self.0.iter().filter(|file| file.starts_with(&inside)).map(|file| (*file).to_owned()).collect()
    }
}

fn offered(rules: &Rules, manifest: &Value, files: &'static [&'static str]) -> Vec<String> {
    let bins = package_bins(manifest, &Scripts(files), &rules.bins.commands);
    bins.commands.iter().map(|command| format!("{}={}", command.name, command.path)).collect()
}

#[test]
fn the_oldest_rules_look_only_at_names_without_scope() {
    let manifest = json!({"name": "x", "bin": {"@s/a b": "a.js", "c d": "a.js", "e": "a.js"}});
    assert_eq!(offered(&PNPM_9, &manifest, &["a.js"]), ["a b=a.js", "e=a.js"]);
    assert_eq!(offered(&PNPM_10, &manifest, &["a.js"]), ["e=a.js"]);
    // The first versions of 8 accepted no name with a scope, except the package's own.
    let first = Rules::of_version(PnpmVersion::parse("8.9.2").unwrap());
    assert_eq!(offered(first, &manifest, &["a.js"]), ["e=a.js"]);
    assert_eq!(offered(first, &json!({"name": "@s/own", "bin": "a.js"}), &["a.js"]), ["own=a.js"]);
}

#[test]
fn a_path_that_leaves_the_package_is_refused_or_counts_from_its_root() {
    let manifest = json!({"name": "x", "bin": {"up": "../a.js", "in": "./a.js", "abs": "/a.js"}});
    assert_eq!(offered(&PNPM_10, &manifest, &["a.js"]), ["in=a.js", "abs=a.js"]);
    assert_eq!(offered(&PNPM_11, &manifest, &["a.js"]), ["up=a.js", "in=a.js"]);
}

#[test]
fn of_a_directory_hidden_files_or_unsafe_names_are_left_out() {
    let manifest = json!({"name": "x", "directories": {"bin": "bin"}});
    let files: &[&str] = &["bin/.hidden", "bin/a b", "bin/plain"];
    assert_eq!(offered(&PNPM_11, &manifest, files), ["a b=bin/a b", "plain=bin/plain"]);
    assert_eq!(offered(&PNPM_12, &manifest, files), [".hidden=bin/.hidden", "plain=bin/plain"]);
}
