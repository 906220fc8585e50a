//! What is said of an image beside it: read from the layout and the registry, and compared with what umoci unpacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_testing::client::raw;
use serde_json::Value;

use super::program::{copy_workspace, digest, error, fourply, run, tool};
use super::{example, json, scratch};

/// The packages of an unpacked image: the folder of each package.json that is a package's own, below node_modules, with its name and version. No link is
/// followed.
fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, (Value, Value)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            walk(root, &path, found);
        } else if entry.file_name() == "package.json" && entry.file_type().unwrap().is_file() {
            let parts: Vec<&str> = folder.iter().map(|part| part.to_str().unwrap()).collect();
            let is_own = match parts.as_slice() {
                [.., "node_modules", name] => !name.starts_with('@'),
                [.., "node_modules", scope, _] => scope.starts_with('@'),
                _ => false,
            };
            if is_own {
                let said = json(&std::fs::read_to_string(&path).unwrap());
                let place = format!("/{}", folder.strip_prefix(root).unwrap().display());
                found.insert(place, (said["name"].clone(), said["version"].clone()));
            }
        }
    }
}

/// The same as an SBOM tells it.
fn told(bom: &Value) -> BTreeMap<String, (Value, Value)> {
    let mut found = BTreeMap::new();
    for component in bom["components"].as_array().unwrap() {
        let name = match component["group"].as_str() {
            Some(group) => format!("{group}/{}", component["name"].as_str().unwrap()).into(),
            None => component["name"].clone(),
        };
        for place in component["evidence"]["occurrences"].as_array().into_iter().flatten() {
            let place = place["location"].as_str().unwrap().to_owned();
            if place.contains("/node_modules/") {
                let before = found.insert(place.clone(), (name.clone(), component["version"].clone()));
                assert_eq!(before, None, "{place}");
            }
        }
    }
    found
}

fn file(layout: &Path, digest: &Value) -> String {
    let hex = digest.as_str().unwrap().trim_start_matches("sha256:");
    std::fs::read_to_string(layout.join("blobs/sha256").join(hex)).unwrap()
}

#[test]
#[ignore = "needs umoci"]
fn documents_beside_an_image_tell_each_package_and_leave_its_digest() {
    let dir = scratch();
    let path = |name: &str| dir.path().join(name);
    let build = |name: &str, more: &[&str]| {
        let output = format!("type=oci,dest={}", path(name).display());
        digest(&mut fourply(&example(), &[&["build", "services/auth", "-o", &output], more].concat()))
    };
    let plain = build("plain", &[]);
    assert_eq!(build("told", &["--sbom=spdx", "--provenance=max"]), plain);
    let index = std::fs::read_to_string(path("told/index.json")).unwrap();
    assert_eq!(build("told", &["--sbom=spdx", "--provenance=max"]), plain);
    assert_eq!(
        std::fs::read_to_string(path("told/index.json")).unwrap(),
        index,
        "a second build changes nothing"
    );
    let print = |args: &[&str]| digest(&mut fourply(&example(), args));

    let bom = json(&print(&["sbom", "services/auth"]));
    tool(
        "umoci",
        &[
            "unpack",
            "--rootless",
            "--image",
            &format!("{}:latest", path("plain").display()),
            path("un").to_str().unwrap(),
        ],
    );
    let (root, mut there) = (path("un/rootfs"), BTreeMap::new());
    walk(&root, &root, &mut there);
    assert!(there.len() > 50, "{there:?}");
    assert_eq!(told(&bom), there);
    let derived = json(&print(&["sbom", &format!("oci:{}", path("plain").display())]));
    assert_eq!(told(&derived), there);
    let kernel =
        bom["components"].as_array().unwrap().iter().find(|one| one["bom-ref"] == "workspace:shared/kernel");
    assert_eq!(kernel.unwrap().get("purl"), None, "no registry has a package of the workspace");
    let status = std::fs::read_to_string(root.join("var/lib/dpkg/status")).unwrap();
    let debs: BTreeSet<&str> = status.lines().filter_map(|line| line.strip_prefix("Package: ")).collect();
    let purls = bom["components"].as_array().unwrap().iter().filter_map(|one| one["purl"].as_str());
    let found = purls.filter_map(|purl| purl.strip_prefix("pkg:deb/debian/")?.split('@').next());
    let found: BTreeSet<String> = found.map(|name| name.replace("%2B", "+")).collect();
    assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), debs);

    let entries = json(&index)["manifests"].as_array().unwrap().clone();
    let types: Vec<&Value> = entries.iter().map(|entry| &entry["artifactType"]).collect();
    assert_eq!(
        types,
        [&Value::Null, &"application/spdx+json".into(), &"application/vnd.in-toto+json".into()]
    );
    let of = |entry: &Value| json(&file(&path("told"), &entry["digest"]));
    assert_eq!(of(&entries[1])["subject"]["digest"], plain);
    let attached = print(&["sbom", &format!("oci:{}:latest", path("told").display()), "--format", "spdx"]);
    assert_eq!(attached, print(&["sbom", "services/auth", "--format", "spdx"]));
    let statement = json(&file(&path("told"), &of(&entries[2])["layers"][0]["digest"]));
    assert_eq!(format!("sha256:{}", statement["subject"][0]["digest"]["sha256"].as_str().unwrap()), plain);
    let materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"].as_array().unwrap();
    let lockfile = tool("sha256sum", &[example().join("pnpm-lock.yaml").to_str().unwrap()]);
    let sources: Vec<&Value> = materials.iter().filter(|one| one["name"] == "source").collect();
    assert!(
        sources.iter().any(|one| one["annotations"]["path"] == "services/auth/src/main.ts"),
        "{sources:?}"
    );
    let named = materials.iter().find(|one| one["name"] == "lockfile").unwrap();
    assert_eq!(named["digest"]["sha256"], lockfile.split(' ').next().unwrap());
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_second_push_changes_nothing_and_a_bundle_brings_what_refers_to_the_image() {
    let (registry, other) = (super::registry::Registry::start(), super::registry::Registry::start());
    let dir = scratch();
    let (here, there) = (format!("{}/auth", registry.host()), format!("{}/auth", other.host()));
    let tag = format!("{here}:1");
    let push = || {
        let args = ["build", "services/auth", "--sbom", "--provenance", "-t", &tag, "--push"];
        digest(&mut fourply(&example(), &args))
    };
    let first = push();
    let list = |repository: &str| raw(&format!("{repository}:{}", first.replace(':', "-")));
    let before = list(&here);
    assert_eq!(push(), first);
    assert_eq!(list(&here), before);
    let types: Vec<Value> = json(&before)["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["artifactType"].clone())
        .collect();
    assert_eq!(types.len(), 2, "{before}");
    assert!(types.contains(&"application/vnd.cyclonedx+json".into()), "{before}");
    assert!(types.contains(&"application/vnd.in-toto+json".into()), "{before}");
    let bundle = dir.path().join("bundle.tar").display().to_string();
    digest(&mut fourply(dir.path(), &["bundle", &bundle, &tag]));
    digest(&mut fourply(dir.path(), &["publish", &bundle, &other.host()]));
    assert_eq!(list(&there), before);
}

#[test]
fn a_licence_that_is_not_allowed_is_named_with_its_packages_and_the_key() {
    let dir = scratch();
    let workspace = dir.path().join("erp");
    copy_workspace(&example(), &workspace);
    let config = std::fs::read_to_string(workspace.join("fourply.toml")).unwrap();
    let with = |licences: &str| {
        let text = config.replace("[image]\n", &format!("[image]\nlicenses = {licences}\n"));
        std::fs::write(workspace.join("fourply.toml"), text).unwrap();
        let output = format!("type=oci-archive,dest={}", dir.path().join("image.tar").display());
        fourply(&workspace, &["build", "services/auth", "-o", &output])
    };
    let text = error(&mut with("[\"MIT\", \"ISC\", \"Apache-2.0\", \"0BSD\"]"), 1);
    assert!(text.contains("BSD-3-Clause: ieee754@"), "{text}");
    assert!(text.contains("licenses of [image]"), "{text}");
    assert!(!dir.path().join("image.tar").exists());
    let text = error(&mut with("[\"MIT OR ISC\"]"), 1);
    assert!(text.contains("each licence by itself"), "{text}");
    let output = run(&mut with("[\"MIT\", \"ISC\", \"Apache-2.0\", \"0BSD\", \"BSD-3-Clause\"]"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
