//! What real pnpm leaves on disk: packages whose install scripts ran are what `fourply tree` prints, and load in the image; stores are a
//! source of packages.
#![allow(missing_docs, clippy::unwrap_used)]

mod differences;
mod downloads;
mod generated;
mod hosts;
mod links;
mod repositories;
mod roots;
mod stores;

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_testing::npm_registry::Registry;
use fourply_testing::{fixtures, planned, program, real_pnpm, rootless};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fourply_testing::planned::differences;
use fourply_testing::program::{copy_workspace, digest, error, fourply, run, tool};

/// Held while real pnpm is at work: the versions' stores are shared, and one of them is looked at file by file.
static PNPM: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    PNPM.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a command printed: its result, and what it told.
fn said(command: &mut Command) -> (String, String) {
    let output = run(command);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    (String::from_utf8(output.stdout).unwrap(), told)
}

/// The rows of a printed tree.
fn rows(tree: &str) -> BTreeMap<String, String> {
    let rows = tree.lines().filter_map(|line| line.split_once('\t'));
    comparable(rows.map(|(path, rest)| (path.to_owned(), rest.to_owned())).collect())
}

/// Without the texts of commands, which hold the root's place; without the folder that pnpm makes for scripts' temporary files where it
/// runs as root; and without the empty slot that 11 and 12 leave of a package that they take out.
fn comparable(mut rows: BTreeMap<String, String>) -> BTreeMap<String, String> {
    rows.retain(|path, _| !path.ends_with("/node_modules/.tmp"));
    for (path, row) in &mut rows {
        if path.contains("/.bin/") {
            row.truncate(row.rfind('\t').unwrap_or(row.len()));
        }
    }
    // Empty folders, from below.
    let all: Vec<String> = rows.keys().rev().cloned().collect();
    for path in all {
        let below = format!("{path}/");
        let empty = !rows.range(below.clone()..).next().is_some_and(|(other, _)| other.starts_with(&below));
        if empty && rows.get(&path).is_some_and(|row| row.starts_with('d')) {
            rows.remove(&path);
        }
    }
    rows
}

/// A project with a script that changes its package, one that fails and is optional, and one that must not run.
fn project(rules: &'static Rules, root: &Path) {
    let settings = match rules.major() {
        9 => r#", "pnpm": {"neverBuiltDependencies": ["scripts-gyp"]}"#,
        10 => r#", "pnpm": {"onlyBuiltDependencies": ["scripts-post", "opt-fail"]}"#,
        _ => "",
    };
    let manifest = format!(
        r#"{{"name": "x", "version": "1.0.0", "private": true,
            "dependencies": {{"scripts-post": "1.0.0", "scripts-gyp": "1.0.0"}},
            "optionalDependencies": {{"opt-fail": "1.0.0"}}{settings}}}"#
    );
    std::fs::write(root.join("package.json"), &manifest).unwrap();
    std::fs::write(root.join(".npmrc"), Registry::start().npmrc()).unwrap();
    if rules.major() >= 11 {
        let yaml = "packages: ['.']\nallowBuilds: {scripts-post: true, opt-fail: true}\n";
        std::fs::write(root.join("pnpm-workspace.yaml"), yaml).unwrap();
    }
    real_pnpm::lock(rules, root).unwrap();
    name_tarballs(root);
    let version = ["9.14.2", "10.34.9", "11.28.11", "12.21.0"][rules.major() as usize - 9];
    let named = manifest.replacen('{', &format!(r#"{{"packageManager": "pnpm@{version}", "#), 1);
    std::fs::write(root.join("package.json"), named).unwrap();
}

/// Writes every tarball's URL into the lockfile, so that the registry of everything else (node, pnpm) may be npm's own.
fn name_tarballs(root: &Path) {
    let path = root.join("pnpm-lock.yaml");
    let mut package = String::new();
    let mut lines = Vec::new();
    for line in std::fs::read_to_string(&path).unwrap().lines() {
        if let Some(key) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')) {
            key.trim_matches('\'').clone_into(&mut package);
        }
        let (name, version) = package.split_once('@').unwrap_or_default();
        let tarball = format!(", tarball: {}{name}/-/{name}-{version}.tgz}}", Registry::start().url());
        match line
            .strip_suffix('}')
            .filter(|line| line.contains("resolution: {integrity") && !line.contains("tarball:"))
        {
            Some(line) => lines.push(format!("{line}{tarball}\n")),
            None => lines.push(format!("{line}\n")),
        }
    }
    std::fs::write(path, lines.concat()).unwrap();
    std::fs::remove_file(root.join(".npmrc")).unwrap();
}

#[test]
#[ignore = "needs real pnpm"]
fn packages_are_left_as_each_pnpm_leaves_them() {
    let _alone = alone();
    let mut failed = Vec::new();
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        let dir = tempfile::tempdir().unwrap();
        project(rules, dir.path());
        // What no run before had in its environment, so that the scripts have to run.
        let config = format!("[build.env]\nRUN = {:?}\n", dir.path());
        std::fs::write(dir.path().join("fourply.toml"), config).unwrap();
        let tree = || said(&mut fourply(dir.path(), &["tree", ".", "--libc", "glibc", "--node", "20.20.2"]));
        let (ours, told) = tree();
        assert!(told.contains("scripts-post@1.0.0: postinstall: node gen.js"), "{told}");
        assert!(told.contains("opt-fail@1.0.0 is optional and "), "{told}");
        let ignored = told.contains("Ignored build scripts: scripts-gyp@1.0.0.");
        assert_eq!(ignored, rules.major() >= 10, "{told}");
        let (again, told) = tree();
        assert!(again == ours && !told.contains("scripts-post"), "{told}");
        std::fs::write(dir.path().join(".npmrc"), Registry::start().npmrc()).unwrap();
        real_pnpm::install(rules, dir.path(), None, true).unwrap();
        let real = comparable(real_pnpm::rows(dir.path()));
        let (count, shown) = differences(&rows(&ours), &real);
        assert!(real.keys().any(|path| path.ends_with("generated.txt")), "{real:?}");
        if count > 0 {
            failed.push(format!("{rules}: {count} of {} paths differ\n{shown}", real.len()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
#[ignore = "needs umoci and runc, python3, make and g++"]
fn bcrypt_compiled_from_its_source_loads_in_the_image() {
    let dir = tempfile::tempdir().unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let root = dir.path().join("hasher");
    copy_workspace(&fixtures::project().join("tests/data/bcrypt"), &root);
    let image = dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    let build = || fourply(&root, &["build", ".", "-o", &output]);
    let first = digest(&mut build());
    let (again, told) = said(&mut build());
    assert_eq!(again.trim(), first);
    assert!(!told.contains("bcrypt@5.1.1: install"), "{told}");
    let mut container = rootless::Container::start(&image, "latest", &[]);
    assert_eq!(container.get("/"), (200, "true".to_owned()));
    container.terminate();
    let made = format!(
        "grep -rl {} {}/app || true",
        program::shared_store().display(),
        container.rootfs().display()
    );
    assert_eq!(tool("sh", &["-c", &made]), "", "files that hold this machine's paths");
}

/// Makes the tarball `NAME.tgz` of a package that has these scripts and a file.
fn pack(root: &Path, name: &str, scripts: &str) {
    let from = root.join("pack").join(name);
    let package = from.join("package");
    std::fs::create_dir_all(&package).unwrap();
    let manifest = format!(r#"{{"name": "{name}", "version": "1.0.0", "scripts": {scripts}}}"#);
    std::fs::write(package.join("package.json"), manifest).unwrap();
    std::fs::write(package.join("shared.js"), "published\n").unwrap();
    let tgz = root.join(format!("{name}.tgz"));
    tool("tar", &["-czf", tgz.to_str().unwrap(), "-C", from.to_str().unwrap(), "package"]);
    std::fs::remove_dir_all(from).unwrap();
}

/// A project with one package, a tarball of its own, that has these scripts.
fn with_package(root: &Path, scripts: &str) {
    pack(root, "native", scripts);
    let manifest = r#"{"name": "x", "version": "1.0.0", "private": true, "packageManager": "pnpm@9.14.2",
        "dependencies": {"native": "file:native.tgz"}}"#;
    std::fs::write(root.join("package.json"), manifest).unwrap();
    real_pnpm::lock(&PNPM_9, root).unwrap();
}

#[test]
#[ignore = "needs real pnpm"]
fn a_failing_script_is_told_with_what_it_printed() {
    let dir = tempfile::tempdir().unwrap();
    with_package(dir.path(), r#"{"preinstall": "echo the reason; exit 7"}"#);
    let text = error(&mut fourply(dir.path(), &["tree", ".", "--libc", "glibc", "--node", "20.20.2"]), 1);
    for word in [
        "\"preinstall\" of native@file:native.tgz ended with exit code 7",
        "the reason",
        "neverBuiltDependencies",
    ] {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
    let (tree, _) = said(&mut fourply(
        dir.path(),
        &["tree", ".", "--libc", "glibc", "--node", "20.20.2", "--ignore-scripts"],
    ));
    assert!(tree.contains("node_modules/native/package.json"), "{tree}");
}

#[test]
#[ignore = "needs real pnpm"]
fn a_module_for_another_c_library_is_refused_by_its_header() {
    let dir = tempfile::tempdir().unwrap();
    // Any program of this machine, under a name that says otherwise.
    with_package(dir.path(), r#"{"install": "cp /bin/sh lib-musl.node && echo text > note"}"#);
    let args = ["tree", ".", "--node", "20.20.2", "--libc"];
    let (tree, _) = said(&mut fourply(dir.path(), &[&args[..], &["glibc"]].concat()));
    assert!(tree.contains("node_modules/native/lib-musl.node") && tree.contains("native/note"), "{tree}");
    let text = error(&mut fourply(dir.path(), &[&args[..], &["musl"]].concat()), 1);
    let words = "lib-musl.node of native@file:native.tgz cannot run in the image: it needs glibc, and the image has musl";
    assert!(text.contains(words), "{text}");
}

#[test]
#[ignore = "needs real pnpm"]
fn pnpm_11_builds_nothing_that_was_not_allowed() {
    let dir = tempfile::tempdir().unwrap();
    with_package(dir.path(), r#"{"install": "touch never"}"#);
    std::fs::create_dir(dir.path().join("dist")).unwrap();
    std::fs::write(dir.path().join("dist/main.js"), "").unwrap();
    let edit = |file: &str, from: &str, to: &str| {
        let path = dir.path().join(file);
        std::fs::write(&path, std::fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
    };
    edit("package.json", "9.14.2", "11.28.11");
    std::fs::write(
        dir.path().join("fourply.toml"),
        "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n",
    )
    .unwrap();
    let output = format!("type=oci,dest={}", dir.path().join("image").display());
    let text = error(&mut fourply(dir.path(), &["build", ".", "--prebuilt", "-o", &output]), 1);
    assert!(
        text.contains("Ignored build scripts: native@file:native.tgz") && text.contains("allowBuilds"),
        "{text}"
    );
    assert!(!dir.path().join("image").exists());
}
