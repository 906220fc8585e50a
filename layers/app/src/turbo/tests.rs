#![allow(clippy::unwrap_used)]

use super::*;

/// The warnings of a workspace of these files, for apps/api and packages/db.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (path, text) in files {
        let path = root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let packages = ["apps/api", "packages/db"].map(|id| ImporterId::new(id).unwrap());
    let manifest = |id: &ImporterId| {
        let dir = root.join(id.as_str());
        let text = fs_err::read_to_string(dir.join("package.json")).unwrap();
        (id.clone(), Manifest::parse(&text, &dir).unwrap())
    };
    let manifests = packages.iter().map(manifest).collect();
    warnings(root, &manifests, &packages[0], &packages, "build")
}

const API: (&str, &str) = (
    "apps/api/package.json",
    r#"{"name": "@x/api", "scripts": {"build": "nest build", "generate": "prisma generate"}}"#,
);
const DB: (&str, &str) = (
    "packages/db/package.json",
    r#"{"name": "@x/db", "scripts": {"generate": "prisma generate", "lint": "x"}}"#,
);

#[test]
fn a_script_that_only_turbo_runs_is_told_of() {
    let turbo = |tasks: &str| ("turbo.json", format!("{{// of turbo\n \"tasks\": {{{tasks},}} /* all */ }}"));
    let warned = |tasks: &str| {
        let (name, text) = turbo(tasks);
        told(&[API, DB, (name, &text)])
    };
    let expected = "turbo.json runs generate before build in apps/api, which fourply, as pnpm, does not: call it in \"prebuild\" of its package.json";
    assert_eq!(warned(r#""build": {"dependsOn": ["generate", "lint", "absent"]}"#), [expected]);
    assert_eq!(warned(r#""build": {"dependsOn": ["^build", "generate"]}"#).len(), 2);
    assert_eq!(warned(r#""@x/api#build": {"dependsOn": ["@x/api#generate"]}"#), [expected]);
    let of_others = warned(r#""build": {"dependsOn": ["^generate", "^lint"]}"#);
    assert!(of_others.len() == 1 && of_others[0].contains("packages/db"), "{of_others:?}");
    assert!(warned(r#""build": {"dependsOn": ["^build"]}"#).is_empty());
    assert!(told(&[API, DB]).is_empty() && told(&[API, DB, ("turbo.json", "{")]).is_empty());
}

#[test]
fn the_package_s_own_turbo_json_and_what_its_scripts_call_decide() {
    let root = ("turbo.json", r#"{"pipeline": {"build": {"dependsOn": ["generate"]}}}"#);
    assert_eq!(told(&[API, DB, root]).len(), 1);
    let own = ("apps/api/turbo.json", r#"{"extends": ["//"], "tasks": {"build": {"dependsOn": []}}}"#);
    assert!(told(&[API, DB, root, own]).is_empty());
    for called in [r#""prebuild": "pnpm generate""#, r#""postinstall": "prisma generate""#] {
        let scripts = format!(r#"{{"scripts": {{"build": "x", "generate": "prisma generate", {called}}}}}"#);
        assert!(told(&[("apps/api/package.json", &scripts), DB, root]).is_empty(), "{called}");
    }
}

#[test]
fn comments_and_commas_are_read_and_what_is_no_json_is_turbos_to_tell_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("turbo.json");
    fs_err::write(&file, "{\"a\": \"//,]\\\"\", /* x, } */ \"b\": [1, // y\n ] , }").unwrap();
    assert_eq!(config(folder.path()), Some(serde_json::json!({"a": "//,]\"", "b": [1]})));
    for broken in ["{", &"[".repeat(1_000_000), "{\"a\": 1} x"] {
        fs_err::write(&file, broken).unwrap();
        assert_eq!(config(folder.path()), None);
    }
}
