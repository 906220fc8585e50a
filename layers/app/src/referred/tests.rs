#![allow(clippy::unwrap_used)]

use super::*;
use crate::ScriptChoice;
use crate::testing::{id, write};

const LOCK: &str = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  a: {}\n  b: {}\n  c: {}\n  d: {}\n";

/// The packages that `a` refers to in a workspace of `a`, `b`, `c` and `d` with these files.
fn of_a(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let packages = ["a", "b", "c", "d"].map(|name| (format!("{name}/package.json"), "{}"));
    write(folder.path(), &packages.each_ref().map(|(path, text)| (path.as_str(), *text)));
    write(
        folder.path(),
        &[
            ("package.json", r#"{"packageManager": "pnpm@9.14.2"}"#),
            ("pnpm-lock.yaml", LOCK),
            ("pnpm-workspace.yaml", "packages: ['*']\n"),
        ],
    );
    write(folder.path(), files);
    let workspace = Workspace::read(folder.path(), None).unwrap();
    let tasks = Tasks::new(
        &workspace,
        &id("a"),
        &[],
        &ScriptChoice::Named("build".to_owned()),
        &crate::TurboCache::default(),
    )
    .unwrap();
    let found = referred_packages(&workspace, &tasks, &[id("a")]);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn paths_extends_and_references_of_its_own_configuration_lead_to_packages() {
    let paths = r#"{"compilerOptions": {"paths": {"@x/b": ["../b/src"]}}}"#;
    assert_eq!(of_a(&[("a/tsconfig.json", paths), ("b/src/index.ts", "")]), ["b"]);
    let extends = r#"{"extends": "../c/base.json"}"#;
    assert_eq!(of_a(&[("a/tsconfig.build.json", extends), ("c/base.json", "{}")]), ["c"]);
    let references = r#"{"references": [{"path": "../b"}]}"#;
    let onwards = r#"{"references": [{"path": "../d"}]}"#;
    let files = [("a/tsconfig.json", references), ("b/tsconfig.json", onwards), ("d/tsconfig.json", "{}")];
    assert_eq!(of_a(&files), ["b", "d"]);
}

#[test]
fn a_script_that_runs_leads_to_a_package_and_another_does_not() {
    let runs = r#"{"scripts": {"build": "node ../b/make.mjs", "dev": "node ../c/dev.mjs"}}"#;
    assert_eq!(of_a(&[("a/package.json", runs), ("b/make.mjs", ""), ("c/dev.mjs", "")]), ["b"]);
}

#[test]
fn what_the_root_names_for_all_and_what_is_not_there_leads_nowhere() {
    let of_root = r#"{"compilerOptions": {"paths": {"@x/*": ["./b/src", "./c/src"]}}}"#;
    let own = r#"{"extends": "../tsconfig.json", "include": ["src", "../d/nothing"]}"#;
    let files =
        [("tsconfig.json", of_root), ("a/tsconfig.json", own), ("b/src/x.ts", ""), ("c/src/x.ts", "")];
    assert_eq!(of_a(&files), Vec::<String>::new());
}
