//! `fourply build --twice`: scripts that make the same twice, that do not, and that make what depends on their folder.

use std::path::{Path, PathBuf};

use sha2::Digest as _;

use super::program::{error, fourply, run};
use super::{scratch, tiny};

/// A workspace whose one service has this build script.
fn workspace(root: &Path, script: &str) -> PathBuf {
    let base = tiny::rootfs();
    let sha256: String = sha2::Sha256::digest(&base).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = format!(
        "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{sha256}\" }}\n[build]\nnode = \"20.20.2\"\n"
    );
    let manifest = serde_json::json!({ "name": "a", "version": "1.0.0", "scripts": { "build": script } });
    let importers = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n  services/a: {}\n";
    for (path, text) in [
        ("package.json", r#"{"name":"twice","private":true,"packageManager":"pnpm@9.14.2"}"#),
        ("pnpm-workspace.yaml", "packages: ['services/*']\n"),
        ("pnpm-lock.yaml", importers),
        ("fourply.toml", &config),
        ("services/a/package.json", &manifest.to_string()),
    ] {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::write(root.join("base.tar.gz"), base).unwrap();
    root.to_path_buf()
}

const MAIN: &str = "mkdir dist && echo 1 > dist/main.js";

#[test]
fn builds_that_differ_name_their_files_and_write_nothing() {
    let dir = scratch();
    let image = dir.path().join("image.tar");
    let output = format!("type=oci-archive,dest={}", image.display());
    let script =
        format!("{MAIN} && date +%s > dist/at.txt && cat /proc/sys/kernel/random/uuid > dist/id.txt");
    let root = workspace(&dir.path().join("twice"), &script);
    let told = error(&mut fourply(&root, &["build", "a", "--twice", "-o", &output]), 1);
    assert!(told.contains("two runs of the same scripts made different images"), "{told}");
    assert!(told.contains("\n  services/a/dist/at.txt: the time as a number\n"), "{told}");
    assert!(told.contains("\n  services/a/dist/id.txt: a random name or key\n"), "{told}");
    assert!(told.contains("SOURCE_DATE_EPOCH"), "{told}");
    assert!(!told.contains("main.js:"), "{told}");
    assert!(!image.exists());
    // Nothing of the first run is for a later build.
    let later = run(&mut fourply(&root, &["build", "a", "-o", &output]));
    let text = String::from_utf8(later.stderr).unwrap();
    assert!(later.status.success() && text.contains("build: mkdir"), "{text}");
}

#[test]
fn builds_that_are_the_same_are_written_and_kept() {
    let dir = scratch();
    let output = format!("type=oci-archive,dest={}", dir.path().join("image.tar").display());
    let root = workspace(&dir.path().join("same"), MAIN);
    let told = run(&mut fourply(&root, &["build", "a", "--twice", "-o", &output]));
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(told.status.success() && text.contains("made the same images"), "{text}");
    assert_eq!(text.matches(&format!("build: {MAIN}")).count(), 2, "{text}");
    let again = run(&mut fourply(&root, &["build", "a", "-o", &output]));
    let text = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.stdout, told.stdout);
    assert!(!text.contains("build: "), "the first run's results are as every build's: {text}");
}

#[test]
fn what_depends_on_the_folder_alone_is_a_warning() {
    let dir = scratch();
    let script = format!("{MAIN} && pwd | sha256sum > dist/hash.txt");
    let root = workspace(&dir.path().join("folder"), &script);
    let told = run(&mut fourply(&root, &["build", "--all", "--twice"]));
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(told.status.success(), "{text}");
    assert!(text.contains("the images depend on the folder in which they are built"), "{text}");
    assert!(text.contains("\n  services/a/dist/hash.txt: "), "{text}");
    assert_eq!(text.matches("build: mkdir").count(), 3, "{text}");
}
