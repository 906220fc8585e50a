#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;
use crate::AppError;
use crate::task::Task;
use crate::testing::{id, manifests, write};

const FOLDERS: [&str; 4] = [".", "apps/api", "packages/db", "packages/kit"];

/// The files of a workspace: apps/api needs packages/db, which needs packages/kit. `more` adds or replaces files.
fn workspace(more: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("package.json", r#"{"name": "root", "scripts": {"gen": "x", "build": "turbo run build"}}"#),
            (
                "apps/api/package.json",
                r#"{"name": "@x/api", "dependencies": {"@x/db": "workspace:*"},
                    "scripts": {"build": "x", "generate": "x", "lint": "x"}}"#,
            ),
            (
                "packages/db/package.json",
                r#"{"name": "@x/db", "devDependencies": {"@x/kit": "workspace:*"},
                    "scripts": {"build": "x", "generate": "x"}}"#,
            ),
            ("packages/kit/package.json", r#"{"name": "@x/kit", "scripts": {"build": "x"}}"#),
        ],
    );
    write(folder.path(), more);
    folder
}

fn found(more: &[(&str, &str)], defined: &str) -> Result<TurboTasks> {
    let folder = workspace(more);
    write(
        folder.path(),
        &[("turbo.json", &format!("{{// of turbo\n \"tasks\": {{{defined},}} /* all */ }}"))],
    );
    let manifests = manifests(folder.path(), &FOLDERS);
    let cache = TurboCache::default();
    let turbo = cache.files(folder.path(), &manifests)?.unwrap();
    tasks(&turbo, &id("apps/api"), &[], "build")
}

fn order(more: &[(&str, &str)], tasks: &str) -> Vec<String> {
    let text = |task: &Task| format!("{}#{}", task.package, task.script);
    found(more, tasks).unwrap().order.iter().map(text).collect()
}

fn refused(tasks: &str) -> String {
    found(&[], tasks).unwrap_err().to_string()
}

#[test]
fn tasks_come_after_those_that_they_wait_for() {
    let of = |tasks: &str| order(&[], tasks);
    assert_eq!(
        of(r#""build": {"dependsOn": ["^build", "generate"]}, "generate": {}"#),
        [
            "apps/api#generate",
            "packages/db#generate",
            "packages/kit#build",
            "packages/db#build",
            "apps/api#build"
        ]
    );
    // The task of one package, of the root, and of a package's own name.
    assert_eq!(
        of(r#""build": {}, "@x/api#build": {"dependsOn": ["@x/kit#build", "//#gen"]}, "//#gen": {}"#),
        [".#gen", "packages/db#build", "packages/kit#build", "apps/api#build"]
    );
    // A root with a script of the same name is not built.
    assert_eq!(of(r#""build": {}"#), ["apps/api#build", "packages/db#build", "packages/kit#build"]);
    assert!(found(&[], r#""other": {}"#).unwrap().order.is_empty());
}

#[test]
fn a_task_without_script_does_nothing_and_hands_on_what_it_waits_for() {
    let tasks = r#""build": {"dependsOn": ["prepare:all", "lint"]}, "prepare:all": {"dependsOn": ["^generate"]}, "lint": {}, "generate": {}"#;
    let found = found(&[], tasks).unwrap();
    let names: Vec<_> =
        found.order.iter().map(|task| (task.package.as_str(), task.script.as_str())).collect();
    assert!(!names.iter().any(|(_, script)| *script == "lint" || *script == "prepare:all"), "{names:?}");
    let build = Task { package: id("apps/api"), script: "build".to_owned() };
    let waits: Vec<_> = found.waits[&build].iter().map(|task| task.package.as_str()).collect();
    assert_eq!(waits, ["packages/db"]);
}

#[test]
fn the_package_s_own_turbo_json_comes_first() {
    let root = r#""build": {"dependsOn": ["generate"], "env": ["A"], "outputs": ["dist/**", "!dist/x/**", "../up", "x.tsbuildinfo"]}, "generate": {}"#;
    let own = r#"{"extends": ["//"], "tasks": {"build": {"dependsOn": []}}}"#;
    let found = found(&[("apps/api/turbo.json", own)], root).unwrap();
    assert!(!found.order.contains(&Task { package: id("apps/api"), script: "generate".to_owned() }));
    assert_eq!(found.notes.outputs_of(&id("apps/api")), ["dist/**", "!dist/x/**"]);
    assert_eq!(found.notes.env, ["A".to_owned()].into());
}

#[test]
fn each_package_has_the_outputs_of_its_tasks() {
    let root = r#""build": {"dependsOn": ["generate"], "outputs": ["dist/**"]}, "generate": {"outputs": ["gen/**"]},
        "@x/kit#build": {"outputs": ["lib/**", "../up"]}, "lint": {"outputs": ["no"]}"#;
    let notes = found(&[], root).unwrap().notes;
    for (package, outputs) in [
        ("apps/api", &["gen/**", "dist/**"][..]),
        ("packages/db", &["gen/**", "dist/**"]),
        ("packages/kit", &["lib/**"]),
    ] {
        assert_eq!(notes.outputs_of(&id(package)), outputs, "{package}");
    }
    assert!(notes.outputs_of(&id(".")).is_empty());
}

#[test]
fn a_package_s_list_may_add_to_the_root_s() {
    let root = r#""build": {"dependsOn": ["generate", "//#gen"]}, "generate": {}, "//#gen": {}"#;
    let own = r#"{"extends": ["//"], "tasks": {"build": {"dependsOn": ["$TURBO_EXTENDS$", "^generate"]}}}"#;
    let found = found(&[("apps/api/turbo.json", own)], root).unwrap();
    let scripts: Vec<_> =
        found.order.iter().map(|task| format!("{}#{}", task.package, task.script)).collect();
    let before = [".#gen", "apps/api#generate", "packages/db#generate"];
    assert!(before.iter().all(|task| scripts.iter().any(|other| other == task)), "{scripts:?}");
    assert!(found.notes.env.is_empty());
}

#[test]
fn the_task_of_one_package_stands_in_the_place_of_the_task_of_all() {
    let own = r#""build": {"dependsOn": ["gen"]}, "gen": {"dependsOn": ["@x/kit#gen"]}, "@x/kit#gen": {}"#;
    assert!(found(&[], own).unwrap().order.iter().any(|task| task.script == "build"));
}

#[test]
fn before_version_2_tasks_are_a_pipeline_and_wait_for_variables() {
    let folder = workspace(&[(
        "turbo.json",
        r#"{"pipeline": {"build": {"dependsOn": ["^build", "$TOKEN"]}}, "globalEnv": ["B"], "globalDependencies": ["x.json"]}"#,
    )]);
    let manifests = manifests(folder.path(), &FOLDERS);
    let cache = TurboCache::default();
    let turbo = cache.files(folder.path(), &manifests).unwrap().unwrap();
    let notes = tasks(&turbo, &id("packages/db"), &[], "build").unwrap().notes;
    assert_eq!(notes.env, ["B", "TOKEN"].map(str::to_owned).into());
    assert_eq!(notes.inputs, ["x.json".to_owned()].into());
}

#[test]
fn what_turbo_refuses_is_refused_with_file_and_task() {
    assert_eq!(
        refused(r#""build": {"dependsOn": ["^nope"]}"#),
        r#"turbo.json: the task @x/api#build waits for @x/db#nope, but `tasks` has no "nope" or "@x/db#nope""#
    );
    assert_eq!(
        refused(r#""build": {"dependsOn": ["//#gen"]}"#),
        r#"turbo.json: the task @x/api#build waits for //#gen, but `tasks` has no "//#gen""#
    );
    assert_eq!(
        refused(r#""build": {"dependsOn": ["@x/none#gen"]}, "gen": {}"#),
        r#"turbo.json: the task @x/api#build waits for "@x/none#gen", and no package of the workspace is named "@x/none""#
    );
    assert_eq!(
        refused(
            r#""build": {"dependsOn": ["generate"]}, "generate": {"dependsOn": ["@x/kit#build"]}, "@x/kit#build": {"dependsOn": ["@x/api#build"]}"#
        ),
        "turbo.json: tasks wait for each other by `dependsOn`: @x/api#build → @x/api#generate → @x/kit#build → @x/api#build"
    );
    let own = r#"{"extends": ["//"], "tasks": {"build": {"dependsOn": ["nope"]}}}"#;
    let error = found(&[("apps/api/turbo.json", own)], r#""build": {}"#).unwrap_err();
    assert!(matches!(&error, AppError::Turbo { path, .. } if path == "apps/api/turbo.json"), "{error}");
}

/// As in turbo 2.11.11 (`turbo run build --dry=json`).
#[test]
fn the_last_package_that_is_extended_comes_first_and_false_ends_what_is_inherited() {
    let root = r#""build": {"dependsOn": ["^build"], "outputs": ["root/**"]}, "generate": {}"#;
    let extends = |names: &str, tasks: &str| format!(r#"{{"extends": ["//"{names}], "tasks": {{{tasks}}}}}"#);
    let outputs =
        |more: &[(&str, &str)]| found(more, root).unwrap().notes.outputs_of(&id("apps/api")).to_vec();
    let (api, db, kit) = ("apps/api/turbo.json", "packages/db/turbo.json", "packages/kit/turbo.json");
    let (one, other) =
        (r#""build": {"outputs": ["db/**"]}"#, r#""build": {"outputs": ["$TURBO_EXTENDS$", "kit/**"]}"#);
    let both = extends(r#", "@x/db", "@x/kit""#, "");
    assert_eq!(
        outputs(&[(api, &both), (db, &extends("", one)), (kit, &extends("", other))]),
        ["kit/**", "root/**"]
    );
    assert_eq!(outputs(&[(api, &both), (db, &extends("", one)), (kit, &extends("", ""))]), ["root/**"]);
    let way =
        [(api, &*extends(r#", "@x/db""#, "")), (db, &extends(r#", "@x/kit""#, "")), (kit, &extends("", one))];
    assert_eq!(outputs(&way), ["db/**"]);
    let anew = extends("", r#""build": {"extends": false, "cache": false}"#);
    assert!(outputs(&[(api, &anew)]).is_empty());
    let without = extends("", r#""build": {"extends": false}"#);
    let tasks = found(&[(db, &without)], root).unwrap();
    assert_eq!(tasks.excluded, BTreeSet::from([id("packages/db")]));
    assert!(tasks.order.iter().all(|task| task.package != id("packages/db")), "{tasks:?}");
}

#[test]
fn what_packages_extend_and_tasks_that_never_end_are_refused() {
    let of = |more: &[(&str, &str)], tasks: &str| found(more, tasks).unwrap_err().to_string();
    let db = ("packages/db/turbo.json", r#"{"extends": ["//", "@x/api"]}"#);
    for (own, begin) in [
        (r#"{"tasks": {}}"#, "apps/api/turbo.json: its `extends` has to begin with \"//\""),
        (r#"{"extends": ["//", "@x/kit"]}"#, "apps/api/turbo.json: it extends \"@x/kit\", and"),
        (
            r#"{"extends": ["//"], "tasks": {"@x/api#build": {}}}"#,
            "apps/api/turbo.json: the task \"@x/api#build\" of a package's own turbo.json is called \"build\" there",
        ),
        (
            r#"{"extends": ["//", "@x/db"]}"#,
            "packages/db/turbo.json: `extends` leads back to where it began: apps/api/turbo.json → packages/db/turbo.json → apps/api/turbo.json",
        ),
    ] {
        let error = of(&[("apps/api/turbo.json", own), db], r#""build": {}"#);
        assert!(error.starts_with(begin), "{error}");
    }
    assert_eq!(
        of(&[], r#""build": {"dependsOn": ["generate"]}, "generate": {"persistent": true}"#),
        "turbo.json: the task @x/api#build waits for @x/api#generate, which is `persistent`: it never ends"
    );
    // A package without such a script has nothing that runs persistently.
    assert!(found(&[], r#""build": {"dependsOn": ["dev"]}, "dev": {"persistent": true}"#).is_ok());
}

#[test]
fn a_turbo_json_that_is_no_json_is_refused_and_comments_are_read() {
    for broken in [
        "{",
        &"[".repeat(1_000_000),
        "{\"a\": 1} x",
        "",
        "[]",
        r#"{"tasks": []}"#,
        r#"{"tasks": {"build": null}}"#,
        r#"{"tasks": {"build": {"dependsOn": "gen"}}}"#,
        r#"{"tasks": {"build": {"dependsOn": [1]}}}"#,
        r#"{"globalEnv": "A"}"#,
        r#"{"Tasks": {}}"#,
        r#"{"tasks": {"build": {"dependson": []}}}"#,
        r#"{"tasks": {"build": {"persistent": "yes"}}}"#,
        r#"{"tasks": {"build": {"extends": false}}}"#,
    ] {
        let folder = workspace(&[("turbo.json", broken)]);
        let manifests = manifests(folder.path(), &FOLDERS);
        let error = TurboCache::default().files(folder.path(), &manifests).err().unwrap();
        assert!(matches!(error, AppError::Turbo { .. }), "{error}");
    }
}

#[test]
fn files_are_read_once_for_all_services() {
    let folder = workspace(&[("turbo.json", r#"{"tasks": {"build": {}}}"#)]);
    let (manifests, cache) = (manifests(folder.path(), &FOLDERS), TurboCache::default());
    assert!(cache.files(folder.path(), &manifests).unwrap().is_some());
    write(folder.path(), &[("turbo.jsonc", "{}")]);
    assert!(cache.files(folder.path(), &manifests).unwrap().is_some());
    assert!(TurboCache::default().files(folder.path(), &manifests).is_err());
}
