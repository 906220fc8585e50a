#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{id, write};

fn follow(files: &[(&str, &str)], starts: &[&str]) -> TsReferences {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let config = id("packages/config");
    let packages = BTreeMap::from([("@x/config", &config)]);
    let configs = TsConfigs { root: folder.path(), packages: &packages };
    configs.follow(starts.iter().map(|&start| start.to_owned()))
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_file_leads_over_extends_and_references_to_what_the_compiler_reads() {
    let files = [
        (
            "services/a/tsconfig.json",
            r#"{ // as tsc writes it
                "extends": ["../../tsconfig.base", "@x/config/node.json"],
                "references": [{ "path": "../../libs/common" }, { "path": "../../gone" }],
                "include": ["src", "../../types/**/*.d.ts", "../../none/*.ts"],
                "files": ["../../env.d.ts"], /* and a comma */
            }"#,
        ),
        (
            "tsconfig.base.json",
            r#"{"compilerOptions": {"baseUrl": ".", "paths": {"@l/*": ["libs/*/src"], "@t": ["tools/src/index.ts"], "@r": ["one.ts"]}}}"#,
        ),
        ("packages/config/node.json", r#"{"compilerOptions": {"typeRoots": ["../../typings"]}}"#),
        ("libs/common/tsconfig.json", r#"{"extends": "../../tsconfig.base.json", "include": ["../data"]}"#),
        ("libs/data/x.ts", ""),
        ("services/a/src/main.ts", ""),
        ("types/x.d.ts", ""),
        ("typings/y.d.ts", ""),
        ("env.d.ts", ""),
        ("one.ts", ""),
        ("tools/src/index.ts", ""),
    ];
    let found = follow(&files, &["services/a/tsconfig.json"]);
    let expected = [
        "env.d.ts",
        "libs",
        "libs/common",
        "libs/data",
        "one.ts",
        "packages/config/node.json",
        "services/a/src",
        "tools/src",
        "tsconfig.base.json",
        "types",
        "typings",
    ];
    assert_eq!(found.paths, set(&expected));
}

#[test]
fn the_state_of_a_compiler_is_where_the_nearest_file_says() {
    let files = [
        (
            "a/tsconfig.json",
            r#"{"extends": "../base.json", "compilerOptions": {"tsBuildInfoFile": "./.state/one"}}"#,
        ),
        ("b/tsconfig.json", r#"{"extends": "../base.json"}"#),
        ("base.json", r#"{"compilerOptions": {"tsBuildInfoFile": "${configDir}/.state/all"}}"#),
    ];
    let found = follow(&files, &["a/tsconfig.json", "b/tsconfig.json"]);
    assert_eq!(found.build_info, set(&["a/.state/all", "a/.state/one", "b/.state/all"]));
}

#[test]
fn what_leaves_the_workspace_or_is_no_json_is_passed_over() {
    let files = [
        (
            "a/tsconfig.json",
            r#"{"extends": "../../out.json", "include": ["../../..", "/etc", "../*"], "compilerOptions": {"tsBuildInfoFile": "/tmp/x"}}"#,
        ),
        ("b/tsconfig.json", "{ no json"),
        ("c/tsconfig.json", r#"{"extends": "./tsconfig.json", "references": [{"path": "."}]}"#),
    ];
    let found =
        follow(&files, &["a/tsconfig.json", "b/tsconfig.json", "c/tsconfig.json", "gone/tsconfig.json"]);
    assert_eq!(found, TsReferences { paths: set(&["c", "c/tsconfig.json"]), build_info: set(&[]) });
}
