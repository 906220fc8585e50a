//! `fourply build --all`: every service at once, with the layers that they share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::program::{copy_workspace, digest, error, fourply, run, shared_store, tool};
use super::{example, json, scratch};

/// The layers of an image by name, from a layout.
fn layers(layout: &Path, name: &str) -> Vec<String> {
    let blob = |digest: &str| layout.join("blobs/sha256").join(digest.trim_start_matches("sha256:"));
    let read = |path: &Path| json(&std::fs::read_to_string(path).unwrap());
    let index = read(&layout.join("index.json"));
    let named =
        |entry: &&serde_json::Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
    let entry = index["manifests"].as_array().unwrap().iter().find(named).unwrap().clone();
    let manifest = read(&blob(entry["digest"].as_str().unwrap()));
    let layers = manifest["layers"].as_array().unwrap().iter();
    layers.map(|layer| layer["digest"].as_str().unwrap().to_owned()).collect()
}

/// A store with what is fetched and built, and none of the layers of packages: that of a runner which made none yet.
fn other_runner(store: &Path) {
    let (from, to) = (shared_store().join("v2"), store.join("v2"));
    std::fs::create_dir_all(&to).unwrap();
    let script = "for kind in packs sources derived blobs records; do cp -al \"$0/$kind\" \"$1\"; done; \
                  rm -rf \"$1/records/stage-layers\" \"$1/records/layer\" \"$1/records/prune\"";
    tool("sh", &["-ec", script, from.to_str().unwrap(), to.to_str().unwrap()]);
}

#[test]
#[ignore = "needs skopeo"]
fn runners_that_build_one_service_each_make_the_same_images_as_one_that_builds_all() {
    let dir = scratch();
    // Copies, so that nothing is written into the repository.
    let root = dir.path().join("erp");
    copy_workspace(&example(), &root);
    let output = format!("type=oci,dest={}", dir.path().join("all").display());
    let said = run(&mut fourply(&root, &["build", "--all", "-o", &output]));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).unwrap();
    let built: BTreeMap<&str, &str> = said.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(
        built.keys().copied().collect::<Vec<_>>(),
        ["services/auth", "services/catalog", "services/master-data"]
    );
    for (service, expected) in &built {
        let store = dir.path().join(format!("store-{}", service.replace('/', "-")));
        other_runner(&store);
        let output = format!("type=oci,dest={}", dir.path().join(service.replace('/', "-")).display());
        let mut command = fourply(&root, &["build", service, "-o", &output]);
        assert_eq!(digest(command.env("FOURPLY_STORE", store)), *expected, "{service} in a store of its own");
    }
    let names = ["auth", "catalog", "master-data"];
    let all: Vec<Vec<String>> = names.iter().map(|name| layers(&dir.path().join("all"), name)).collect();
    let distinct: BTreeSet<&String> = all.iter().flatten().collect();
    assert!(distinct.len() < all.iter().map(Vec::len).sum::<usize>(), "{all:?}");
    // The lowest layers are the same, so that an engine unpacks them once.
    let shared = all.iter().map(|layers| &layers[..2]).collect::<BTreeSet<_>>();
    assert_eq!(shared.len(), 1, "{all:?}");
    for name in names {
        let source = format!("oci:{}:{name}", dir.path().join("all").display());
        tool("skopeo", &["copy", "-q", &source, &format!("dir:{}", dir.path().join("copied").display())]);
    }
}

#[test]
fn places_differ_by_service_or_are_refused() {
    let dir = scratch();
    let output = format!("type=oci-archive,dest={}/not/there/yet/{{service}}.tar", dir.path().display());
    let said = run(&mut fourply(&example(), &["build", "--all", "--quiet", "-o", &output]));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    for service in ["auth", "catalog", "master-data"] {
        assert!(dir.path().join(format!("not/there/yet/{service}.tar")).is_file());
    }
    let one = format!("type=oci-archive,dest={}/one.tar", dir.path().display());
    for args in [&["-o", &one][..], &["-t", "127.0.0.1:5000/erp:1", "--push"]] {
        let message = error(&mut fourply(&example(), &[&["build", "--all"], args].concat()), 2);
        assert!(
            message.contains("would be that of every service") && message.contains("{service}"),
            "{message}"
        );
    }
    error(&mut fourply(&example(), &["build", "--all", "services/auth", "-o", &output]), 2);
}

#[test]
fn a_budget_of_one_is_one_layer_and_globs_say_what_is_a_service() {
    let dir = scratch();
    let root = dir.path().join("erp");
    copy_workspace(&example(), &root);
    let config = std::fs::read_to_string(root.join("fourply.toml")).unwrap();
    let build = |more: &str, name: &str| {
        std::fs::write(root.join("fourply.toml"), format!("{config}\n{more}")).unwrap();
        let layout = dir.path().join(name);
        digest(&mut fourply(
            &root,
            &["build", "services/auth", "-o", &format!("type=oci,dest={},name=x", layout.display())],
        ));
        layers(&layout, "x")
    };
    let usual = build("", "usual");
    // A service alone has another division: no layer is made for what others have too.
    assert_ne!(build("[workspace]\nservices = [\"services/a*\"]\n", "alone"), usual);
    std::fs::write(root.join("fourply.toml"), config.replace("[image]", "[image]\nlayers = 1")).unwrap();
    assert!(config.contains("[image]"), "{config}");
    let layout = dir.path().join("one");
    digest(&mut fourply(
        &root,
        &["build", "services/auth", "-o", &format!("type=oci,dest={},name=x", layout.display())],
    ));
    let one = layers(&layout, "x").len();
    assert!((one + 20..one + 64).contains(&usual.len()), "{one} with one layer of packages, {usual:?}");
    std::fs::write(root.join("fourply.toml"), format!("{config}\n[workspace]\nservices = [\"none/*\"]\n"))
        .unwrap();
    let message =
        error(&mut fourply(&root, &["build", "services/auth", "-o", "type=oci-archive,dest=x.tar"]), 1);
    assert!(message.contains("none/*") && message.contains("services/auth"), "{message}");
}
