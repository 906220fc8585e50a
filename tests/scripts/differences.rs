//! `fourply tree --diff`: an install of real pnpm has no differences, and what is changed in it is told with its reason.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use fourply_pnpm::rules::PNPM_10;
use serde_json::Value;

use crate::{Registry, alone, error, fourply, real_pnpm, said};

const OFFLINE: [&str; 4] = ["--libc", "glibc", "--ignore-scripts", "--quiet"];

fn project(root: &Path) {
    let put = |path: &str, text: &str| {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    };
    put("package.json", r#"{"name": "root", "private": true, "packageManager": "pnpm@10.34.9"}"#);
    put("pnpm-workspace.yaml", "packages: [svc, other]\n");
    put(
        "svc/package.json",
        r#"{"name": "svc", "version": "1.0.0", "dependencies": {"plain-a": "1.0.0", "native-parent": "1.0.0"},
            "devDependencies": {"zz-short": "1.0.0"}}"#,
    );
    put(
        "other/package.json",
        r#"{"name": "other", "version": "1.0.0", "dependencies": {"peer-host": "1.0.0"}}"#,
    );
    put(".npmrc", &Registry::start().npmrc());
    real_pnpm::lock(&PNPM_10, root).unwrap();
    real_pnpm::install(&PNPM_10, root, Some("{./svc}..."), false).unwrap();
}

/// The differences of a failed comparison, by path: how and why.
fn told(root: &Path, folder: &str) -> Vec<(String, String, Option<String>)> {
    let args = [&["tree", "svc", "--diff", folder, "--format", "json"][..], &OFFLINE].concat();
    let output = fourply(root, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one =
        |one: &Value| (text(&one["path"]).unwrap(), text(&one["difference"]).unwrap(), text(&one["reason"]));
    all.iter().map(one).collect()
}

#[test]
#[ignore = "needs real pnpm"]
fn what_differs_is_told_with_its_reason() {
    let _alone = alone();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ws");
    project(&root);
    let diff = |folder: &str| [&["tree", "svc", "--diff", folder][..], &OFFLINE].concat().join(" ");
    for folder in [".", "node_modules", "svc/node_modules"] {
        let words = diff(folder);
        let (text, _) = said(&mut fourply(&root, &words.split(' ').collect::<Vec<_>>()));
        assert_eq!(text, "", "{folder}");
    }
    // As on another machine, with all that development and others need.
    let modules = root.join("node_modules");
    let slots = modules.join(".pnpm");
    for slot in ["zz-short@1.0.0", "peer-host@1.0.0", "@native+darwin-arm64@1.0.0", "nobody@1.0.0"] {
        std::fs::create_dir_all(slots.join(slot).join("node_modules")).unwrap();
    }
    let package = slots.join("plain-a@1.0.0/node_modules/plain-a");
    std::fs::remove_file(package.join("package.json")).unwrap();
    std::fs::write(package.join("cli.js"), "changed").unwrap();
    std::fs::set_permissions(package.join("cli.js"), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::remove_file(root.join("svc/node_modules/plain-a")).unwrap();
    symlink("../../elsewhere", root.join("svc/node_modules/plain-a")).unwrap();
    symlink("../zz-short@1.0.0", slots.join("node_modules/zz-short")).unwrap();
    let shim = root.join("svc/node_modules/.bin/plain-a");
    let text = std::fs::read_to_string(&shim).unwrap().replace(root.to_str().unwrap(), "/usr/src/app");
    std::fs::write(&shim, text).unwrap();
    let expected = [
        ("node_modules/.pnpm/@native+darwin-arm64@1.0.0", "extra", Some("other platform")),
        ("node_modules/.pnpm/nobody@1.0.0", "extra", Some("not in the lockfile")),
        ("node_modules/.pnpm/node_modules/zz-short", "extra", Some("hoisting")),
        ("node_modules/.pnpm/peer-host@1.0.0", "extra", Some("other workspace packages")),
        ("node_modules/.pnpm/plain-a@1.0.0/node_modules/plain-a/cli.js", "content", None),
        ("node_modules/.pnpm/plain-a@1.0.0/node_modules/plain-a/package.json", "missing", None),
        ("node_modules/.pnpm/zz-short@1.0.0", "extra", Some("development")),
        ("svc/node_modules/.bin/plain-a", "content", Some("command of a workspace in /usr/src/app")),
        ("svc/node_modules/plain-a", "target", None),
    ];
    let all = told(&root, ".");
    assert_eq!(all.len(), expected.len(), "{all:?}");
    for ((path, how, why), (expected_path, expected_how, expected_why)) in all.iter().zip(expected) {
        assert_eq!((path.as_str(), how.as_str()), (expected_path, expected_how));
        let fits = match (why, expected_why) {
            (Some(why), Some(expected)) => why.starts_with(expected),
            (why, expected) => why.is_none() && expected.is_none(),
        };
        assert!(fits, "{path}: {why:?}");
    }
    let text = error(&mut fourply(&root, &[&["tree", "svc", "--diff", "svc"][..], &OFFLINE].concat()), 1);
    assert!(text.contains("paths differ") && text.contains("hint: "), "{text}");
    let text = error(&mut fourply(&root, &[&["tree", "svc", "--diff", "nowhere"][..], &OFFLINE].concat()), 1);
    assert!(text.contains("nowhere") && text.contains("hint: name a folder"), "{text}");
}
