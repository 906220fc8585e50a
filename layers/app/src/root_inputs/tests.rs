#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{id, write};

fn inputs(globs: Option<&[&str]>, files: &[(&str, &str)], needed: &[&str]) -> Result<RootInputs> {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("package.json", r#"{"packageManager": "pnpm@9.14.2"}"#),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  services/a: {}\n  services/b: {}\n",
            ),
            ("pnpm-workspace.yaml", "packages: ['services/*']\n"),
            ("services/a/package.json", "{}"),
            ("services/b/package.json", "{}"),
        ],
    );
    write(folder.path(), files);
    let workspace = Workspace::read(folder.path(), None).unwrap();
    let globs: Option<Vec<String>> = globs.map(|all| all.iter().map(|&text| text.to_owned()).collect());
    RootInputs::new(globs.as_deref(), &workspace, &needed.iter().map(|folder| id(folder)).collect())
}

#[test]
fn by_default_configuration_that_builds_read_counts() {
    let inputs = inputs(None, &[], &["services/a"]).unwrap();
    for path in [
        "package.json",
        "pnpm-workspace.yaml",
        "tsconfig.json",
        "tsconfig.base.json",
        "babel.config.js",
        "vite.config.mts",
        "webpack.config.prod.js",
        "eslint.config.mjs",
        ".swcrc",
        "turbo.json",
        "nx.json",
        ".moon/workspace.yml",
        "nest-cli.json",
        "tailwind.config.ts",
        "buf.gen.yaml",
        "proto/a/b.proto",
        "prisma/schema.prisma",
    ] {
        assert!(inputs.admits(path), "{path}");
    }
    for path in [
        "README.md",
        "LICENSE",
        "docs/x.md",
        ".github/workflows/ci.yml",
        "docker-compose.yml",
        "fourply.toml",
        "fourply.lock",
        "npm-debug.log",
        "auth.tar",
        "jest.config.ts",
        "vitest.config.ts",
        "docs/tsconfig.json",
        ".env",
        "CHANGELOG.md",
    ] {
        assert!(!inputs.admits(path), "{path}");
    }
    assert!(inputs.may_hold("proto/a") && !inputs.may_hold("docs") && !inputs.may_hold(".github"));
}

#[test]
fn what_is_configured_replaces_the_default_and_leaves_the_manifests() {
    let inputs = inputs(Some(&["schemas/**/*.json", "*.md", "!SECRET.md"]), &[], &["services/a"]).unwrap();
    assert!(inputs.admits("README.md") && inputs.admits("schemas/a/b.json") && inputs.admits("package.json"));
    assert!(
        !inputs.admits("tsconfig.json") && !inputs.admits("SECRET.md") && !inputs.admits("schemas/a.txt")
    );
    assert!(inputs.may_hold("schemas") && inputs.may_hold("schemas/a/b") && !inputs.may_hold("docs"));
    assert_eq!(inputs.counting(["README.md"].into_iter()), ["*.md"]);
}

#[test]
fn what_needed_packages_refer_to_counts_for_them() {
    let files = [
        (
            "services/a/tsconfig.json",
            r#"{"extends": "../../config/ts.json", "include": ["src", "../../libs/x/**/*.ts"]}"#,
        ),
        ("config/ts.json", "{}"),
        ("libs/x/a.ts", ""),
        ("libs/y/a.ts", ""),
        ("tools/gen.mjs", ""),
        ("tools/lib.mjs", ""),
        ("other/x", ""),
        (
            "services/b/package.json",
            r#"{"scripts": {"build": "node ../../tools/gen.mjs --out=../../dist && cd ../.. && tsc -p ./build.json --tsBuildInfoFile .state/x"}}"#,
        ),
        ("services/b/build.json", r#"{"compilerOptions": {"tsBuildInfoFile": "info"}}"#),
    ];
    let inputs = inputs(Some(&[]), &files, &["services/a", "services/b"]).unwrap();
    for path in ["config/ts.json", "libs/x/a.ts", "tools/gen.mjs", "tools/lib.mjs"] {
        assert!(inputs.admits(path), "{path}");
    }
    for path in ["libs/y/a.ts", "other/x", "tsconfig.json", "config/other.json"] {
        assert!(!inputs.admits(path), "{path}");
    }
    assert!(inputs.may_hold("libs") && inputs.may_hold("tools") && !inputs.may_hold("other"));
    let a = BTreeSet::from(["services/a".to_owned()]);
    assert!(inputs.concerns("libs/x/a.ts", &a) && inputs.concerns("package.json", &a));
    assert!(!inputs.concerns("tools/gen.mjs", &a));
    let expected = ["services/b/.state/x", "services/b/info"].map(str::to_owned);
    assert_eq!(inputs.build_info, BTreeSet::from(expected));
}

#[test]
fn a_glob_that_is_none_or_leaves_the_workspace_is_refused() {
    for (glob, out) in [("a[", false), ("../x", true), ("/etc/**", true), ("", true)] {
        let error = inputs(Some(&[glob]), &[], &[]).unwrap_err();
        assert_eq!(matches!(error, AppError::InputPatternOut { .. }), out, "{error}");
        assert!(error.to_string().contains("inputs"), "{error}");
    }
}
