//! `--layer-format`: an older format gives the digests that it gave when it was the newest. The newest has nothing of the build in its images.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use sha2::Digest as _;

use super::program::{error, fourply, tool};
use super::{scratch, tiny};
use fourply_testing::hostile;

/// The services and the packages that they use.
const SERVICES: [(&str, &[&str]); 3] =
    [("a", &["p0", "p1", "p2", "p3"]), ("b", &["p0", "p1", "p4"]), ("c", &["p0", "p2", "p3", "p5"])];

/// A base of one file, which no compressor decides.
fn base() -> Vec<u8> {
    let mut tar = Vec::new();
    for (path, text) in [
        ("lib/ld-musl-x86_64.so.1", "a loader"),
        ("usr/bin/node", "a node"),
        ("usr/lib/libgcc_s.so.1", "a library"),
        ("usr/lib/libstdc++.so.6", "a library"),
    ] {
        hostile::put(&mut tar, path, b'0', 0o755, text.as_bytes(), "");
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// Writes packages to `vendor/`, and gives the lockfile's lines of them.
fn packages(root: &Path) -> String {
    let (mut packages, mut snapshots) = (String::new(), String::new());
    for name in ["p0", "p1", "p2", "p3", "p4", "p5"] {
        let manifest = format!("{{\"name\":\"{name}\",\"version\":\"1.0.0\"}}");
        let text = format!("module.exports = '{name}';\n").repeat(200);
        let tarball =
            tiny::tarball(&[(b'0', "package/package.json", &manifest), (b'0', "package/index.js", &text)]);
        let integrity = base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(&tarball));
        write(root, &format!("vendor/{name}.tgz"), &tarball);
        packages += &format!(
            "  {name}@file:vendor/{name}.tgz:\n    resolution: {{integrity: sha512-{integrity}, tarball: file:vendor/{name}.tgz}}\n    version: 1.0.0\n\n"
        );
        snapshots += &format!("  {name}@file:vendor/{name}.tgz: {{}}\n\n");
    }
    format!("packages:\n\n{packages}snapshots:\n\n{snapshots}")
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A workspace that is the same to the last byte on every machine, and in every year.
fn workspace(root: &Path) {
    let base = base();
    let sha256: String = sha2::Sha256::digest(&base).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = format!(
        "[base]\nrootfs = {{ file = \"base.tar\", sha256 = \"{sha256}\" }}\n[build]\nscript = false\n"
    );
    write(root, "base.tar", &base);
    write(root, "fourply.toml", config.as_bytes());
    write(root, "package.json", br#"{"name":"fixed","private":true,"packageManager":"pnpm@9.14.2"}"#);
    write(root, "pnpm-workspace.yaml", b"packages: ['services/*']\n");
    let mut importers = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n".to_owned();
    for (service, names) in SERVICES {
        let list: serde_json::Map<String, serde_json::Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), format!("file:../../vendor/{name}.tgz").into()))
            .collect();
        let manifest = serde_json::json!({ "name": format!("@fixed/{service}"), "version": "1.2.3", "dependencies": list });
        write(root, &format!("services/{service}/package.json"), manifest.to_string().as_bytes());
        let main: String = names.iter().map(|name| format!("require('{name}');\n")).collect();
        write(root, &format!("services/{service}/dist/main.js"), main.as_bytes());
        importers += &format!("  services/{service}:\n    dependencies:\n");
        for name in names {
            importers += &format!(
                "      {name}:\n        specifier: file:../../vendor/{name}.tgz\n        version: file:vendor/{name}.tgz\n"
            );
        }
        importers += "\n";
    }
    write(root, "pnpm-lock.yaml", (importers + &packages(root)).as_bytes());
}

/// `fourply build --all` there, with a store of the test's own, and without a time from outside.
fn build(root: &Path, args: &[&str]) -> Command {
    let output = format!("type=oci,dest={}", root.with_extension("images").display());
    let mut command = fourply(root, &[&["build", "--all", "-o", &output], args].concat());
    command.env("FOURPLY_STORE", root.with_extension("store")).env_remove("SOURCE_DATE_EPOCH");
    command
}

fn digests(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a git repository of that workspace: the same commit everywhere.
fn repository(root: &Path) {
    git(root, &["init", "-q", "--object-format=sha1"]);
    // The tarballs are the compressor's; only their contents count.
    write(root, ".gitignore", b"vendor\nfourply.lock\npnpm-lock.yaml\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "fixed"]);
}

/// `git ARGS` there, with nothing of the tester's.
fn git(root: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(root).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        command.env(name, "2024-05-01T12:00:00Z");
    }
    assert!(command.status().unwrap().success(), "git {args:?}");
}

/// Digests that the first format gave when it was the only one.
const FIRST: &str = include_str!("format/v1.txt");

#[test]
fn the_first_format_gives_the_digests_that_it_gave() {
    let dir = scratch();
    let root = dir.path().join("fixed");
    workspace(&root);
    let without = digests(build(&root, &["--layer-format", "1"]));
    repository(&root);
    let with = digests(build(&root, &["--layer-format", "1"]));
    let epoch = {
        let mut command = build(&root, &["--layer-format", "1", "--compression", "zstd"]);
        command.env("SOURCE_DATE_EPOCH", "1700000000");
        digests(command)
    };
    assert_eq!(format!("{without}\n{with}\n{epoch}"), FIRST);
    let single = digests(build(&root, &["--single-stream", "--compression", "zstd"]));
    // The file says it as well as the flag, which wins.
    let config = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
    let set = |format: &str| {
        write(&root, "fourply.toml", format!("{config}[image]\nlayer-format = {format}\n").as_bytes());
    };
    set("1");
    assert_eq!(digests(build(&root, &[])), with);
    set("2\nsingle-stream = true");
    assert_eq!(digests(build(&root, &["--compression", "zstd"])), single);
    set("2");
    assert_eq!(digests(build(&root, &["--layer-format", "1"])), with);
    set("3");
    let said = error(&mut build(&root, &[]), 1);
    assert!(said.contains("layer-format: there is no layer format 3, expected 1 or 2"), "{said}");
    let said = error(&mut build(&root, &["--layer-format", "one"]), 2);
    assert!(said.contains("there is no layer format one, expected 1 or 2"), "{said}");
}

/// The lines of a service's configuration and manifest that the build could have put something into.
fn told(root: &Path, service: &str) -> (serde_json::Value, serde_json::Value) {
    let layout = root.with_extension("images");
    let blob = |digest: &serde_json::Value| {
        let digest = digest.as_str().unwrap().trim_start_matches("sha256:");
        super::json(&std::fs::read_to_string(layout.join("blobs/sha256").join(digest)).unwrap())
    };
    let index = super::json(&std::fs::read_to_string(layout.join("index.json")).unwrap());
    let named =
        |entry: &&serde_json::Value| entry["annotations"]["org.opencontainers.image.ref.name"] == service;
    let manifest = blob(&index["manifests"].as_array().unwrap().iter().find(named).unwrap()["digest"]);
    let config = blob(&manifest["config"]["digest"]);
    (manifest, config)
}

#[test]
fn a_commit_that_touches_no_input_leaves_the_digest() {
    let dir = scratch();
    let root = dir.path().join("fixed");
    workspace(&root);
    let first = digests(build(&root, &[]));
    let (manifest, config) = told(&root, "a");
    // The base has no time of its own.
    assert_eq!(config["created"], "1985-10-26T08:15:00Z");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.created"], config["created"]);
    assert_eq!(manifest["annotations"]["org.opencontainers.image.revision"], serde_json::Value::Null);
    repository(&root);
    assert_eq!(digests(build(&root, &[])), first, "in a repository");
    git(&root, &["add", "-f", "vendor", "pnpm-lock.yaml"]);
    write(&root, "README.md", b"Read me\n");
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-q", "-m", "elsewhere"]);
    assert_eq!(digests(build(&root, &[])), first, "after a commit");
    write(&root, "notes.txt", b"not committed");
    write(&root, "README.md", b"changed\n");
    assert_eq!(digests(build(&root, &[])), first, "with changes");
    // Other folders, and a store that knows nothing.
    let elsewhere = |name: &str| dir.path().join("elsewhere").join(name);
    let (tarball, shallow) = (elsewhere("tarball"), elsewhere("shallow"));
    std::fs::create_dir_all(&tarball).unwrap();
    let archive = dir.path().join("archive.tar");
    git(&root, &["archive", "-o", archive.to_str().unwrap(), "HEAD"]);
    tool("tar", &["-xf", archive.to_str().unwrap(), "-C", tarball.to_str().unwrap()]);
    assert_eq!(digests(build(&tarball, &[])), first, "from a tarball");
    let url = format!("file://{}", root.display());
    git(&root, &["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]);
    assert_eq!(digests(build(&shallow, &[])), first, "in a shallow clone");
    // What is an input counts, for its service alone.
    write(&root, "services/b/dist/main.js", b"require('p0');\n");
    let changed = digests(build(&root, &[]));
    let differing: Vec<&str> =
        changed.lines().zip(first.lines()).filter(|(a, b)| a != b).map(|(line, _)| &line[..10]).collect();
    assert_eq!(differing, ["services/b"]);
    a_commit_is_named_by_choice(&root);
}

fn a_commit_is_named_by_choice(root: &Path) {
    const NAME: &str = "org.opencontainers.image.revision";
    let config = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
    write(root, "fourply.toml", format!("{config}[image]\nrevision = true\n").as_bytes());
    let revision = || {
        digests(build(root, &[]));
        let (manifest, config) = told(root, "a");
        let label = config["config"]["Labels"][NAME].clone();
        assert_eq!(manifest["annotations"][NAME], label);
        label.as_str().map(str::to_owned)
    };
    let head = || tool("git", &["-C", root.to_str().unwrap(), "rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(revision(), Some(format!("{}-dirty", head())));
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "all of it"]);
    assert_eq!(revision(), Some(head()));
    std::fs::remove_dir_all(root.join(".git")).unwrap();
    let output = build(root, &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("git knows no commit of this workspace"), "{said}");
}
