//! What an image leaves out is nothing that anybody misses: packages that other tools are known to break load as they do unpruned.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fixtures;
use super::json;
use super::program::{copy_workspace, digest, fourply, run, tool};

/// The base that the example has, which all tests fetch once.
const CONFIG: &str =
    "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";

/// A workspace of the tests with something to start in each of its services.
fn workspace(from: &Path, services: &[&str], to: &Path) {
    copy_workspace(from, to);
    std::fs::write(to.join("fourply.toml"), CONFIG).unwrap();
    for service in services {
        std::fs::create_dir_all(to.join(service).join("dist")).unwrap();
        std::fs::write(to.join(service).join("dist/main.js"), "").unwrap();
    }
}

/// Unpacks what the layers of an image have below `/app`.
fn unpack(layout: &Path, name: &str, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let blob = |digest: &str| layout.join("blobs/sha256").join(digest.trim_start_matches("sha256:"));
    let text = |path: PathBuf| json(&std::fs::read_to_string(path).unwrap());
    let index = text(layout.join("index.json"));
    let named = |entry: &&serde_json::Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
    let entry = index["manifests"].as_array().unwrap().iter().find(named).unwrap().clone();
    let manifest = text(blob(entry["digest"].as_str().unwrap()));
    for layer in manifest["layers"].as_array().unwrap() {
        // A layer of the base has no app, which tar tells by its status.
        let layer = blob(layer["digest"].as_str().unwrap());
        Command::new("tar").arg("-xzf").arg(layer).arg("-C").arg(to).arg("app").output().unwrap();
    }
    assert!(to.join("app/node_modules").is_dir());
}

fn check(workspace: &Path, service: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("images");
    for (name, more) in [("whole", &["--no-prune"][..]), ("pruned", &[])] {
        let output = format!("type=oci,dest={},name={name}", layout.display());
        digest(&mut fourply(workspace, &[&["build", service, "--prebuilt", "-o", &output], more].concat()));
        unpack(&layout, name, &dir.path().join(name));
    }
    let (whole, pruned) = (dir.path().join("whole/app"), dir.path().join("pruned/app"));
    removed_is_what_is_listed(workspace, service, &whole, &pruned);
    let script = fixtures::project().join("tests/prune/check.cjs");
    tool("node", &[&script, &whole, &pruned, Path::new(service)].map(|path| path.to_str().unwrap()))
}

/// `fourply tree --pruned` has each difference between the images, and nothing else.
fn removed_is_what_is_listed(workspace: &Path, service: &str, whole: &Path, pruned: &Path) {
    let list = run(&mut fourply(workspace, &["tree", service, "--pruned", "--node", "20.20.2"]));
    let list = String::from_utf8(list.stdout).unwrap();
    let mut listed: Vec<&str> = list.lines().map(|line| line.split('\t').next().unwrap()).collect();
    listed.sort_unstable();
    let find = "find . -type f -printf '%P\\n' | LC_ALL=C sort";
    let files = |root: &Path| tool("sh", &["-c", &format!("cd {} && {find}", root.display())]);
    let (whole, pruned) = (files(whole), files(pruned));
    let left: std::collections::BTreeSet<&str> = pruned.lines().collect();
    let gone: Vec<&str> = whole.lines().filter(|path| !left.contains(path)).collect();
    assert!(!gone.is_empty());
    assert!(gone == listed, "{} are gone, {} are listed", gone.len(), listed.len());
    let legal = |path: &&&str| path.rsplit('/').next().unwrap().starts_with("LICEN") && !path.ends_with(".map");
    assert_eq!(gone.iter().find(legal), None);
}

#[test]
fn packages_that_other_tools_break_load_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("prune");
    workspace(&fixtures::project().join("tests/prune"), &["services/broken"], &root);
    let said = check(&root, "services/broken");
    assert!(said.contains("services/broken: 17 of 20 load in both"), "{said}");
}

#[test]
#[ignore = "needs the fixtures"]
fn what_the_services_of_the_fixture_load_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("erp");
    let services = ["services/auth", "services/finance", "services/master-data"];
    workspace(&fixtures::shared().join("erp-sample"), &services, &root);
    for package in ["kernel", "utils"] {
        let dist = root.join("shared").join(package).join("dist");
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("index.js"), "").unwrap();
    }
    for service in services {
        check(&root, service);
    }
}
