#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{id, manifest, write};

/// The tasks for apps/api in a workspace with these files.
fn planned(files: &[(&str, &str)], choice: &ScriptChoice) -> Result<Tasks> {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("package.json", r#"{"name": "root"}"#),
            ("pnpm-workspace.yaml", "packages: ['apps/*', 'packages/*']\n"),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  apps/api: {}\n  packages/db: {}\n",
            ),
            ("apps/api/package.json", r#"{"name": "@x/api"}"#),
            ("packages/db/package.json", r#"{"name": "@x/db"}"#),
        ],
    );
    write(folder.path(), files);
    Tasks::new(
        &Workspace::read(folder.path(), None).unwrap(),
        &id("apps/api"),
        &[],
        choice,
        &TurboCache::default(),
    )
}

#[test]
fn scripts_of_a_list_run_in_its_order_where_a_package_has_them() {
    let list = ScriptChoice::Listed(["generate", "build", "seal"].map(str::to_owned).to_vec());
    // turbo.json would be rejected.
    let tasks = planned(&[("turbo.json", "{")], &list).unwrap();
    let package = manifest(r#"{"scripts": {"seal": "x", "generate": "x", "test": "x"}}"#);
    assert_eq!(tasks.of(&id("packages/db"), &package), ["generate", "seal"]);
    assert_eq!((tasks.main(), tasks.text().as_str()), ("seal", "generate, build, seal"));
    assert!(tasks.packages().is_empty() && tasks.edges().is_empty());
}

#[test]
fn a_command_names_the_service_and_needs_the_root() {
    let command = ScriptChoice::Command("turbo run build --filter=./{path}... # {name}".to_owned());
    let tasks = planned(&[], &command).unwrap();
    assert_eq!(tasks.command(), Some("turbo run build --filter=./apps/api... # @x/api"));
    assert_eq!(tasks.packages(), BTreeSet::from([ImporterId::root()]));
}

#[test]
fn what_turbo_waits_for_decides_the_key_of_the_packages_that_it_concerns() {
    let named = ScriptChoice::Named("build".to_owned());
    let api = ("apps/api/package.json", r#"{"name": "@x/api", "scripts": {"build": "x"}}"#);
    let db = ("packages/db/package.json", r#"{"name": "@x/db", "scripts": {"generate": "x"}}"#);
    let turbo = r#"{"tasks": {"build": {"dependsOn": ["@x/db#generate"]}, "generate": {}}}"#;
    let tasks = planned(&[api, db, ("turbo.json", turbo)], &named).unwrap();
    let (api, db) = (id("apps/api"), id("packages/db"));
    assert_eq!(tasks.packages(), BTreeSet::from([db.clone()]));
    assert_eq!(tasks.edges(), BTreeMap::from([(api.clone(), BTreeSet::from([db.clone()]))]));
    assert!(tasks.leaves(&BTreeSet::from([&api])) && !tasks.leaves(&BTreeSet::from([&api, &db])));
    let inputs = tasks.inputs(&BTreeSet::from([&api]));
    assert_eq!(
        inputs.waits,
        BTreeMap::from([("apps/api#build".to_owned(), vec!["packages/db#generate".to_owned()])])
    );
    assert!(tasks.inputs(&BTreeSet::from([&db])).waits.is_empty());
}

#[test]
fn a_package_that_does_without_the_task_runs_nothing() {
    let db = ("packages/db/package.json", r#"{"name": "@x/db", "scripts": {"build": "x"}}"#);
    let api = ("apps/api/package.json", r#"{"name": "@x/api", "dependencies": {"@x/db": "workspace:*"}}"#);
    let own = ("packages/db/turbo.json", r#"{"extends": ["//"], "tasks": {"build": {"extends": false}}}"#);
    let files = [api, db, own, ("turbo.json", r#"{"tasks": {"build": {}}}"#)];
    let tasks = planned(&files, &ScriptChoice::Named("build".to_owned())).unwrap();
    assert!(tasks.of(&id("packages/db"), &manifest(db.1)).is_empty());
}

#[test]
fn of_globs_for_the_root_the_folders_before_a_wildcard_count() {
    let inputs = ["env/base.json", "proto/**/*.proto", "**/x", "../out", "./a/b", "!c/d"];
    let notes = TurboNotes { inputs: inputs.map(str::to_owned).into(), ..TurboNotes::default() };
    assert_eq!(notes.root_inputs().collect::<Vec<_>>(), ["./a/b", "env/base.json", "proto"]);
}
