//! `fourply build` on the project's own example: what comes out is read, unpacked and run by programs that are not fourply.
#![allow(missing_docs, clippy::unwrap_used)]

mod all;
mod attest;
mod base;
mod checks;
mod clean;
mod damaged;
mod engines;
mod examples;
mod format;
mod inputs;
mod inspect_base;
mod lock;
mod names;
mod odd_bases;
mod outside;
mod prune;
mod readers;
mod secrets;
mod sizes;
mod timings;
mod twice;

use std::path::{Path, PathBuf};

use fourply_testing::program::{copy_workspace, digest, fourply, tool};
use fourply_testing::{fixtures, hostile, program, registry, repacked, rootless, tiny, user};
use serde_json::Value;

fn example() -> PathBuf {
    fixtures::project().join("examples/erp")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Builds a service of the example into a layout.
fn layout(service: &str, dest: &Path) -> String {
    let output = format!("type=oci,dest={}", dest.display());
    digest(&mut fourply(&example(), &["build", &format!("services/{service}"), "-o", &output]))
}

fn scratch() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    // The rootless user has to be able to read it.
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

#[test]
#[ignore = "needs skopeo, umoci and runc"]
fn every_service_of_the_example_starts_as_its_user_and_ends_at_sigterm() {
    for service in ["auth", "catalog", "master-data"] {
        let dir = scratch();
        let image = dir.path().join("image");
        layout(service, &image);
        let mut container = rootless::Container::start(&image, "latest", &[]);
        assert_eq!(container.get("/health/live").0, 200, "{service}");
        assert_eq!(container.get("/health/ready").0, 200, "{service}");
        let uid = container.exec("node -p 'process.getuid()'");
        assert_eq!(
            String::from_utf8_lossy(&uid.stdout).trim(),
            "1001",
            "{}",
            String::from_utf8_lossy(&uid.stderr)
        );
        container.terminate();
    }
}

/// pnpm 8 locked the example in version 6.0, which pnpm 9 still installs from.
#[test]
#[ignore = "needs umoci and runc"]
fn the_example_starts_under_a_lockfile_of_6_0() {
    let dir = scratch();
    let workspace = dir.path().join("erp");
    copy_workspace(&example(), &workspace);
    let lockfile = fixtures::project().join("tests/data/lockfile-6/pnpm-lock.yaml");
    std::fs::copy(lockfile, workspace.join("pnpm-lock.yaml")).unwrap();
    let image = dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    digest(&mut fourply(&workspace, &["build", "services/auth", "-o", &output]));
    let mut container = rootless::Container::start(&image, "latest", &[]);
    assert_eq!(container.get("/health/live").0, 200);
    container.terminate();
}

#[test]
#[ignore = "needs skopeo"]
fn the_configuration_is_the_templates() {
    let dir = scratch();
    let image = dir.path().join("image");
    let digest = layout("auth", &image);
    let source = format!("oci:{}:latest", image.display());
    let seen = json(&tool("skopeo", &["inspect", &source]));
    assert_eq!(seen["Digest"], digest);
    assert_eq!((&seen["Architecture"], &seen["Os"]), (&"amd64".into(), &"linux".into()));
    assert_eq!(seen["Created"], "2023-11-14T22:13:20Z");
    let config = json(&tool("skopeo", &["inspect", "--config", "--raw", &source]));
    let execution = &config["config"];
    assert_eq!(execution["User"], "1001:1001");
    assert_eq!(execution["WorkingDir"], "/app/services/auth");
    assert_eq!(execution["ExposedPorts"], serde_json::json!({ "3001/tcp": {} }));
    assert_eq!(execution["Cmd"], serde_json::json!(["node", "dist/main.js"]));
    assert!(execution["Entrypoint"][0].as_str().unwrap().ends_with("tini"), "{}", execution["Entrypoint"]);
    assert_eq!(execution["Healthcheck"]["Test"][0], "CMD");
    let env: Vec<&str> =
        execution["Env"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    for variable in ["NODE_ENV=production", "PORT=3001", "SERVICE_NAME=auth"] {
        assert!(env.contains(&variable), "{env:?}");
    }
    let full =
        config["history"].as_array().unwrap().iter().filter(|entry| entry["empty_layer"] != true).count();
    assert_eq!(full, config["rootfs"]["diff_ids"].as_array().unwrap().len());
}

#[test]
#[ignore = "needs skopeo and podman"]
fn archives_are_read_by_others_and_hold_the_same_image() {
    let dir = scratch();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let outputs = [
        format!("type=oci,dest={}", path("layout")),
        format!("type=oci-archive,dest={}", path("oci.tar")),
        format!("type=docker-archive,dest={},name=erp/auth:1", path("docker.tar")),
    ];
    let args: Vec<&str> = ["build", "services/auth"]
        .into_iter()
        .chain(outputs.iter().flat_map(|output| ["-o", output.as_str()]))
        .collect();
    let digest = digest(&mut fourply(&example(), &args));
    for source in [format!("oci:{}", path("layout")), format!("oci-archive:{}", path("oci.tar"))] {
        assert_eq!(json(&tool("skopeo", &["inspect", &source]))["Digest"], digest, "{source}");
    }
    let docker = format!("docker-archive:{}", path("docker.tar"));
    let config =
        |source: &str| json(&tool("skopeo", &["inspect", "--config", source]))["rootfs"]["diff_ids"].clone();
    assert_eq!(config(&docker), config(&format!("oci:{}", path("layout"))));
    // podman takes every blob and digest apart when it copies.
    tool("skopeo", &["copy", "-q", &docker, &format!("dir:{}", path("copied"))]);
    tool(
        "skopeo",
        &["copy", "-q", &format!("oci-archive:{}", path("oci.tar")), &format!("dir:{}", path("copied-oci"))],
    );
}

#[test]
fn the_same_bytes_from_other_users_folders_umasks_zones_threads_and_stores() {
    let dir = scratch();
    // Both are copies outside of a repository: the commit is an input too, and stands in the image.
    let one = dir.path().join("one");
    copy_workspace(&example(), &one);
    let first = digest(&mut fourply(&one, &["build", "services/auth", "-o", &archive(&dir, "a.tar")]));
    let other = dir.path().join("some/other/folder");
    copy_workspace(&example(), &other);
    let store = dir.path().join("cold");
    let program = user::program_for_user(dir.path());
    let script = format!(
        "umask 077; cd {}; exec {} build services/auth --threads 1 -o {}",
        other.display(),
        program.display(),
        archive(&dir, "b.tar")
    );
    let mut command = user::user_command(&script);
    command.env("FOURPLY_STORE", &store).env("SOURCE_DATE_EPOCH", "1700000000");
    command.env("TZ", "Pacific/Chatham").env("LC_ALL", "tr_TR.UTF-8");
    assert_eq!(digest(&mut command), first, "a cold store, another user, folder, umask, zone, one thread");
    command.env("TZ", "UTC");
    assert_eq!(digest(&mut command), first, "the same again, warm");
    let archives = ["a.tar", "b.tar"].map(|name| std::fs::read(dir.path().join(name)).unwrap());
    assert!(archives[0] == archives[1], "the archives differ");
}

fn archive(dir: &tempfile::TempDir, name: &str) -> String {
    format!("type=oci-archive,dest={}", dir.path().join(name).display())
}

#[test]
fn the_users_tree_stays_as_it_was() {
    let dir = scratch();
    let workspace = dir.path().join("erp");
    copy_workspace(&example(), &workspace);
    let list = || {
        tool("sh", &["-c", &format!("cd {} && find . -printf '%p %m %s %T@\\n' | sort", workspace.display())])
    };
    let before = list();
    digest(&mut fourply(&workspace, &["build", "services/catalog", "-o", &archive(&dir, "x.tar")]));
    assert_eq!(list(), before);
}

#[test]
fn a_changed_source_line_changes_the_dist_layer_alone() {
    let dir = scratch();
    let workspace = dir.path().join("erp");
    copy_workspace(&example(), &workspace);
    let layers = |name: &str| -> Vec<String> {
        let layout = dir.path().join(name);
        let output = format!("type=oci,dest={}", layout.display());
        let digest = digest(&mut fourply(&workspace, &["build", "services/auth", "-o", &output]));
        let blob = layout.join("blobs/sha256").join(digest.trim_start_matches("sha256:"));
        let manifest = json(&std::fs::read_to_string(blob).unwrap());
        let layers = manifest["layers"].as_array().unwrap().iter();
        layers.map(|layer| layer["digest"].as_str().unwrap().to_owned()).collect()
    };
    let before = layers("before");
    let main = workspace.join("services/auth/src/main.ts");
    let text = std::fs::read_to_string(&main).unwrap();
    std::fs::write(&main, format!("{text}\nconsole.log('one more line');\n")).unwrap();
    let after = layers("after");
    let changed = before.iter().zip(&after).filter(|(one, other)| one != other).count();
    assert_eq!((before.len(), changed), (after.len(), 1), "{before:?} {after:?}");
    assert_ne!(before.last(), after.last());
}
