//! Layouts and archives, read by users' tools: skopeo, umoci, podman. No test here relies on this program's own
//! readers.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use fourply_blob::{Codec, Digest};
use fourply_oci::image::{Healthcheck, Image, ImageSettings};
use fourply_oci::sink::{DockerArchive, OciArchive, OciLayout, Sink};
use fourply_store::NoProgress;
use serde_json::Value;

use fourply_testing::sample::Sample;

fn image(sample: &Sample, codec: Codec, text: &str) -> Image {
    let own_layer = |files: &[(&str, &[u8])]| sample.own(&sample.layer(codec, files), "modules");
    let twice = own_layer(&[("app/twice", b"twice")]);
    let own_layers = [own_layer(&[("app/main.js", text.as_bytes())]), twice.clone(), twice];
    let settings = ImageSettings {
        user: Some("1001:1001".into()),
        env: [("NODE_ENV".to_owned(), "production".to_owned())].into(),
        cmd: Some(vec!["hello".into()]),
        healthcheck: Some(Healthcheck { test: vec!["CMD".into(), "hello".into()], ..Healthcheck::default() }),
        created: 1_700_000_000,
        ..ImageSettings::default()
    };
    Image::assemble(&sample.base(None), &own_layers, &settings).unwrap()
}

fn run(program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn inspect(name: &str) -> Value {
    serde_json::from_str(&run("skopeo", &["inspect", name])).unwrap()
}

fn write(mut sink: impl Sink, image: &Image, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    sink.put(&image.tree(), &names, &NoProgress).unwrap();
}

#[test]
#[ignore = "needs skopeo and umoci"]
fn a_layout_is_read_by_skopeo_and_unpacked_by_umoci() {
    let sample = Sample::new();
    let path = sample.folder.path().join("layout");
    let (one, two) = (image(&sample, Codec::Gzip, "one"), image(&sample, Codec::Gzip, "two"));
    write(OciLayout::new(&path), &one, &["v1", "127.0.0.1:5000/erp/auth:1"]);
    write(OciLayout::new(&path), &two, &["v2"]);
    for (name, image) in [("v1", &one), ("127.0.0.1:5000/erp/auth:1", &one), ("v2", &two)] {
        let found = inspect(&format!("oci:{}:{name}", path.display()));
        assert_eq!(found["Digest"], image.digest().to_string());
        assert_eq!(found["Env"][3], "NODE_ENV=production");
    }
    let bundle = sample.folder.path().join("bundle");
    let name = format!("{}:v2", path.display());
    run("umoci", &["unpack", "--rootless", "--image", &name, bundle.to_str().unwrap()]);
    let read = |file: &str| std::fs::read_to_string(bundle.join("rootfs").join(file)).unwrap();
    assert_eq!((read("app/main.js"), read("app/twice")), ("two".to_owned(), "twice".to_owned()));
    assert!(read("usr/bin/hello").starts_with("#!"));
    let history: Value = serde_json::from_str(&run("umoci", &["stat", "--json", "--image", &name])).unwrap();
    assert_eq!(history["history"].as_array().unwrap().len(), 3 + 3);
}

#[test]
#[ignore = "needs skopeo"]
fn archives_are_read_by_skopeo() {
    let sample = Sample::new();
    for (codec, name) in [(Codec::Gzip, "gzip"), (Codec::Zstd, "zstd")] {
        let image = image(&sample, codec, "text");
        let oci = sample.folder.path().join(format!("{name}.oci.tar"));
        write(OciArchive::new(&oci), &image, &["erp/auth:1"]);
        assert_eq!(inspect(&format!("oci-archive:{}", oci.display()))["Digest"], image.digest().to_string());
        assert_eq!(
            inspect(&format!("oci-archive:{}:erp/auth:1", oci.display()))["Digest"],
            image.digest().to_string()
        );
        copied(&sample, &format!("oci-archive:{}", oci.display()), &image);

        let docker = sample.folder.path().join(format!("{name}.docker.tar"));
        write(DockerArchive::new(&docker), &image, &["erp/auth:1", "erp/auth:latest"]);
        for reference in ["", ":erp/auth:1", ":docker.io/erp/auth:latest"] {
            let found = inspect(&format!("docker-archive:{}{reference}", docker.display()));
            assert_eq!(found["Created"], "2023-11-14T22:13:20Z");
        }
        copied(&sample, &format!("docker-archive:{}", docker.display()), &image);
        // The same file is an OCI archive too, with the image's own digest.
        assert_eq!(
            inspect(&format!("oci-archive:{}:docker.io/erp/auth:1", docker.display()))["Digest"],
            image.digest().to_string()
        );
    }
}

/// Copies the image to a folder. Every layer is read, unpacked and compared with its diffID.
fn copied(sample: &Sample, name: &str, image: &Image) {
    let folder = sample.folder.path().join("copied");
    run("skopeo", &["copy", name, &format!("dir:{}", folder.display())]);
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let config = manifest["config"]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    let config: Value = serde_json::from_slice(&std::fs::read(folder.join(config)).unwrap()).unwrap();
    let ids: Vec<String> = image.layers.iter().map(|layer| layer.diff_id.to_string()).collect();
    assert_eq!(config["rootfs"]["diff_ids"], serde_json::json!(ids));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
#[ignore = "needs podman"]
fn archives_are_loaded_by_podman() {
    let sample = Sample::new();
    let image = image(&sample, Codec::Gzip, "text");
    let (oci, docker) = (sample.folder.path().join("oci.tar"), sample.folder.path().join("docker.tar"));
    write(OciArchive::new(&oci), &image, &["localhost/erp/auth:oci"]);
    write(DockerArchive::new(&docker), &image, &["localhost/erp/auth:docker"]);
    for (archive, name) in [(&oci, "localhost/erp/auth:oci"), (&docker, "localhost/erp/auth:docker")] {
        let podman = Podman::new(&sample);
        podman.run(&["load", "--input", archive.to_str().unwrap()]);
        let found: Value = serde_json::from_str(&podman.run(&["image", "inspect", name])).unwrap();
        let layers = found[0]["RootFS"]["Layers"].as_array().unwrap().len();
        assert_eq!((layers, found[0]["User"].as_str()), (5, Some("1001:1001")));
        assert_eq!(found[0]["Id"], Digest::of(&image.config_bytes).hex());
    }
}

/// A Podman with its own storage, which needs no privileges and no kernel file system.
struct Podman {
    root: tempfile::TempDir,
}

impl Podman {
    fn new(sample: &Sample) -> Podman {
        Podman { root: tempfile::tempdir_in(sample.folder.path()).unwrap() }
    }

    fn run(&self, args: &[&str]) -> String {
        let path = |name: &str| -> String { Path::join(self.root.path(), name).display().to_string() };
        let (root, state) = (path("root"), path("run"));
        let own =
            ["--root", &root, "--runroot", &state, "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"];
        run("podman", &[&own, args].concat())
    }
}
