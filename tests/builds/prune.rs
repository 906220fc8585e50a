//! What an image leaves out is nothing that anybody misses: packages that other tools are known to break load as they do unpruned.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::fixtures;
use super::json;
use super::program::{copy_workspace, digest, fourply, run, tool};

/// The base that the example has, which all tests fetch once.
const CONFIG: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";

/// A workspace of the tests with something to start in each of its services.
fn workspace(from: &Path, services: &[&str], to: &Path) {
    copy_workspace(from, to);
    std::fs::write(to.join("fourply.toml"), CONFIG).unwrap();
    for service in services {
        std::fs::create_dir_all(to.join(service).join("dist")).unwrap();
        std::fs::write(to.join(service).join("dist/main.js"), "").unwrap();
    }
}

/// The layers of an image of a layout.
fn layers(layout: &Path, name: &str) -> Vec<PathBuf> {
    let blob = |digest: &Value| {
        layout.join("blobs/sha256").join(digest.as_str().unwrap().trim_start_matches("sha256:"))
    };
    let text = |path: PathBuf| json(&std::fs::read_to_string(path).unwrap());
    let index = text(layout.join("index.json"));
    let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
    let manifest = text(blob(&index["manifests"].as_array().unwrap().iter().find(named).unwrap()["digest"]));
    manifest["layers"].as_array().unwrap().iter().map(|layer| blob(&layer["digest"])).collect()
}

/// Runs tar on what each layer has below `/app`; a layer of the base has nothing there, which tar tells by its status.
fn tar(layers: &[PathBuf], option: &str, to: &Path) -> String {
    let of_layer = |layer: &PathBuf| {
        let output = Command::new("tar")
            .arg("--zstd")
            .arg(option)
            .arg(layer)
            .arg("-C")
            .arg(to)
            .arg("app")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    layers.iter().map(of_layer).collect()
}

/// Compares what a service loads from its image with what it loads from one that holds everything.
fn check(workspace: &Path, service: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let layout = dir.path().join("images");
    // zstd, as it is the faster one.
    for (name, more) in [("whole", &["--no-prune"][..]), ("pruned", &[])] {
        let output = format!("type=oci,dest={},name={name}", layout.display());
        digest(&mut fourply(
            workspace,
            &[&["build", service, "--prebuilt", "--compression", "zstd", "-o", &output], more].concat(),
        ));
    }
    let (whole, pruned) = (dir.path().join("whole"), dir.path().join("pruned"));
    std::fs::create_dir(&whole).unwrap();
    let all = tar(&layers(&layout, "whole"), "-xvf", &whole);
    let left = tar(&layers(&layout, "pruned"), "-tf", dir.path());
    let gone = removed(&all, &left);
    assert_eq!(gone, listed(workspace, service), "what is gone is what is listed");
    // The same files as links, without those: reading the layers twice would tell nothing more.
    tool("cp", &["-al", whole.to_str().unwrap(), pruned.to_str().unwrap()]);
    gone.iter().for_each(|path| std::fs::remove_file(pruned.join("app").join(path)).unwrap());
    let script = fixtures::project().join("tests/prune/check.cjs");
    let (whole, pruned) = (whole.join("app"), pruned.join("app"));
    tool("node", &[&script, &whole, &pruned, Path::new(service)].map(|path| path.to_str().unwrap()))
}

/// The files of one listing that another lacks, below the workspace's root.
fn removed(all: &str, left: &str) -> BTreeSet<String> {
    let files = |list: &str| -> BTreeSet<String> {
        let files = list.lines().filter(|path| !path.ends_with('/'));
        files.map(|path| path.trim_start_matches("app/").to_owned()).collect()
    };
    let (all, left) = (files(all), files(left));
    assert!(left.is_subset(&all) && left.len() > 100);
    let gone: BTreeSet<String> = all.difference(&left).cloned().collect();
    let legal =
        |path: &&String| path.rsplit('/').next().unwrap().starts_with("LICEN") && !path.ends_with(".map");
    assert_eq!(gone.iter().find(legal), None);
    assert!(!gone.is_empty());
    gone
}

/// What `fourply tree --pruned` says.
fn listed(workspace: &Path, service: &str) -> BTreeSet<String> {
    let list =
        run(&mut fourply(workspace, &["tree", service, "--pruned", "--libc", "glibc", "--node", "20.20.2"]));
    let list = String::from_utf8(list.stdout).unwrap();
    list.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn packages_that_other_tools_break_load_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("prune");
    workspace(&fixtures::project().join("tests/prune"), &["services/broken"], &root);
    let said = check(&root, "services/broken");
    // Two are for bundlers alone, three want a browser.
    assert!(said.contains("services/broken: 15 of 20 load in both"), "{said}");
}

#[test]
fn what_the_services_of_the_example_load_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("erp");
    let services = ["services/auth", "services/catalog", "services/master-data"];
    workspace(&fixtures::project().join("examples/erp"), &services, &root);
    for package in ["kernel", "service-kit"] {
        let dist = root.join("shared").join(package).join("dist");
        std::fs::create_dir_all(&dist).unwrap();
        std::fs::write(dist.join("index.js"), "").unwrap();
    }
    // The others use no more packages than auth does.
    check(&root, services[0]);
}
