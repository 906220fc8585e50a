//! Images built by umoci and skopeo, in every form that a base can have, and with every fault that these forms can
//! have. The metadata is compared with the files that umoci unpacks.

use std::path::Path;

use crate::support::{Place, in_metadata, on_disk, run};
use fourply_base::{Base, BaseError};
use fourply_blob::Digest;
use fourply_platform::{Architecture, Libc};
use serde_json::{Value, json};

/// A base of three layers: Alpine's root file system, one with whiteouts and replacements, and the latter again.
fn alpine(place: &Place) {
    for (path, text) in [
        ("upper/etc/.wh.motd", ""),
        ("upper/etc/apk/keys/.wh..wh..opq", ""),
        ("upper/etc/apk/keys/mine.pub", "key"),
        ("upper/.wh.media", ""),
        ("upper/usr/local/include/node/node_version.h", NODE),
        ("upper/opt", "a file where a folder was"),
    ] {
        place.write(path, text);
    }
    std::os::unix::fs::symlink("/usr/local", place.path("upper/mnt")).unwrap();
    std::os::unix::fs::symlink("../../bin/busybox", place.path("upper/usr/local/tini")).unwrap();
    let (lower, upper) = (place.minirootfs("x86_64"), place.tar("upper", "upper.tar"));
    place.umoci("layout", "alpine", "amd64", &[&lower, &upper, &upper]);
}

const NODE: &str =
    "#define NODE_MAJOR_VERSION 22\n#define NODE_MINOR_VERSION 3\n#define NODE_PATCH_VERSION 1\n";

fn copy(place: &Place, args: &[&str], from: &str, to: &str) {
    let there = |name: &str| {
        let (transport, path) = name.split_once(':').unwrap();
        format!("{transport}:{}/{path}", place.dir.path().display())
    };
    let args: Vec<&str> = ["--insecure-policy", "copy", "--quiet"].iter().chain(args).copied().collect();
    run("skopeo", &[args.as_slice(), &[&there(from), &there(to)]].concat());
}

fn types(base: &Base) -> Vec<String> {
    base.layers.iter().map(|layer| layer.descriptor.media_type().to_string()).collect()
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn a_layout_and_both_archives_are_one_base() {
    let place = Place::new();
    alpine(&place);
    copy(&place, &[], "oci:layout:alpine", "oci-archive:oci.tar:alpine");
    copy(&place, &[], "oci:layout:alpine", "docker-archive:docker.tar:fourply/alpine:1");
    run("gzip", &["-k", &place.text("oci.tar"), &place.text("docker.tar")]);

    let layout = place.image("oci:layout:alpine", "linux/amd64").unwrap();
    assert_eq!(layout.rootfs.libc, Some(Libc::Musl));
    assert_eq!(layout.rootfs.node.as_deref(), Some("22.3.1"));
    assert_eq!(layout.rootfs.architecture.as_ref().map(Architecture::as_str), Some("amd64"));
    assert_eq!(layout.rootfs.os_release["ID"], "alpine");
    assert!(layout.rootfs.passwd.starts_with("root:x:0:0:"));
    assert!(layout.rootfs.shadow.is_some());
    assert_eq!(layout.rootfs.lookup("/mnt/tini").unwrap().0, "bin/busybox");
    assert_eq!(layout.layers[1], layout.layers[2]);

    for name in [
        "oci:layout",
        "oci-archive:oci.tar",
        "oci-archive:oci.tar:alpine",
        "oci-archive:oci.tar.gz",
        "docker-archive:docker.tar",
        "docker-archive:docker.tar:fourply/alpine:1",
        "docker-archive:docker.tar.gz:docker.io/fourply/alpine:1",
    ] {
        // A separate empty store for each, so that everything is read again.
        let other = Place::new();
        for file in ["oci.tar", "oci.tar.gz", "docker.tar", "docker.tar.gz"] {
            std::fs::hard_link(place.path(file), other.path(file)).unwrap();
        }
        run("cp", &["-a", &place.text("layout"), &other.text("layout")]);
        let base = other.image(name, "linux/amd64").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(base.rootfs, layout.rootfs, "{name}");
        let diff_ids = |base: &Base| base.layers.iter().map(|layer| layer.diff_id).collect::<Vec<_>>();
        assert_eq!(diff_ids(&base), diff_ids(&layout), "{name}");
        assert!(
            types(&base).iter().all(|name| name == "application/vnd.oci.image.layer.v1.tar+gzip"),
            "{name}"
        );
        for layer in &base.layers {
            let blob = std::fs::read(other.store.blob_path(&layer.digest).unwrap()).unwrap();
            assert_eq!((Digest::of(&blob), blob.len() as u64), (layer.digest, layer.size()), "{name}");
        }
        assert!(other.leftovers().is_empty(), "{name}");
        // Once more, from the store's content.
        assert_eq!(other.image(name, "linux/amd64").unwrap().layers, base.layers, "{name}");
    }
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn the_facts_are_what_umoci_unpacks() {
    let place = Place::new();
    alpine(&place);
    let rootless = if run("id", &["-u"]).trim() == "0" { vec![] } else { vec!["--rootless"] };
    let (image, bundle) = (place.text("layout:alpine"), place.text("rootfs"));
    run("umoci", &[&["raw", "unpack", "--image", &image], rootless.as_slice(), &[&bundle]].concat());
    let base = place.image("oci:layout:alpine", "linux/amd64").unwrap();
    let (ours, theirs) = (in_metadata(&base.rootfs.entries), on_disk(Path::new(&bundle)));
    for (path, what) in &theirs {
        assert_eq!(ours.get(path), Some(what), "{path}");
    }
    assert_eq!(ours.len(), theirs.len(), "{:?}", ours.keys().find(|path| !theirs.contains_key(*path)));
    assert!(
        !ours.contains_key("etc/motd")
            && !ours.contains_key("media")
            && ours.contains_key("etc/apk/keys/mine.pub")
    );
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn docker_s_media_types_are_promoted() {
    let place = Place::new();
    alpine(&place);
    copy(&place, &["--format", "v2s2"], "oci:layout:alpine", "dir:v2s2");
    let manifest = std::fs::read(place.path("v2s2/manifest.json")).unwrap();
    assert!(String::from_utf8_lossy(&manifest).contains("application/vnd.docker.image.rootfs.diff.tar.gzip"));
    let layout = Layout::new(&place, "docker");
    for entry in std::fs::read_dir(place.path("v2s2")).unwrap() {
        layout.blob(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    layout.index(json!([descriptor("application/vnd.docker.distribution.manifest.v2+json", &manifest)]));
    let base = place.image("oci:docker", "linux/amd64").unwrap();
    assert!(types(&base).iter().all(|name| name == "application/vnd.oci.image.layer.v1.tar+gzip"));
    assert_eq!(base.digest, Some(Digest::of(&manifest)));
    assert_eq!(base.config.architecture().to_string(), "amd64");
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn zstd_and_plain_layers_are_taken_as_they_are() {
    let place = Place::new();
    alpine(&place);
    let gzip = place.image("oci:layout:alpine", "linux/amd64").unwrap();
    copy(&place, &["--dest-decompress"], "oci:layout:alpine", "dir:unpacked");
    copy(&place, &["--dest-compress-format", "zstd", "--dest-compress"], "dir:unpacked", "oci:zstd:alpine");
    copy(&place, &["--dest-oci-accept-uncompressed-layers"], "dir:unpacked", "oci:plain:alpine");
    for (name, media_type) in [
        ("oci:zstd", "application/vnd.oci.image.layer.v1.tar+zstd"),
        ("oci:plain", "application/vnd.oci.image.layer.v1.tar"),
    ] {
        let base = place.image(name, "linux/amd64").unwrap();
        assert!(types(&base).iter().all(|name| name == media_type), "{:?}", types(&base));
        assert_eq!(base.rootfs, gzip.rootfs);
    }
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn the_platform_is_chosen_from_an_index_also_within_an_index() {
    let place = Place::new();
    let images = [("amd64", "x86_64"), ("arm64", "aarch64")];
    for (architecture, machine) in images {
        place.umoci("multi", architecture, architecture, &[&place.minirootfs(machine)]);
    }
    let layout = Layout { dir: place.path("multi") };
    let mut listed = layout.listed();
    let order = |entry: &Value| {
        entry["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap().to_owned()
    };
    listed.sort_by_key(order);
    for (entry, (architecture, _)) in listed.iter_mut().zip(images) {
        entry["platform"] = json!({ "os": "linux", "architecture": architecture });
        entry.as_object_mut().unwrap().remove("annotations");
    }
    let plain = layout.blob(&index_of(&json!(listed)));
    layout.index(json!([descriptor("application/vnd.oci.image.index.v1+json", &plain)]));
    // skopeo copies the whole index to an archive.
    copy(&place, &["--all"], "oci:multi", "oci-archive:multi.tar:latest");
    let base = place.image("oci-archive:multi.tar", "linux/arm64").unwrap();
    assert_eq!(base.config.architecture().to_string(), "arm64");

    let attestation = json!({ "os": "unknown", "architecture": "unknown" });
    let mut companion = descriptor("application/vnd.oci.image.manifest.v1+json", b"{}");
    companion["platform"] = attestation;
    listed.push(companion);
    let nested = layout.blob(&index_of(&json!(listed)));
    layout.index(json!([descriptor("application/vnd.oci.image.index.v1+json", &nested)]));

    for (platform, node) in
        [("linux/amd64", "amd64"), ("linux/arm64/v8", "arm64"), ("linux/amd64/v3", "amd64")]
    {
        let base = place.image("oci:multi", platform).unwrap();
        assert_eq!(base.rootfs.architecture.as_ref().map(Architecture::as_str), Some(node), "{platform}");
        assert_eq!(base.rootfs.libc, Some(Libc::Musl));
    }
    let missing = place.image("oci:multi", "linux/s390x").unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!("oci:{} is not there for linux/s390x; it has linux/amd64, linux/arm64", place.text("multi"))
    );
    assert!(matches!(missing, BaseError::NoPlatform { .. }));

    // Without platforms in the index, the configurations decide.
    listed.iter_mut().for_each(|entry| drop(entry.as_object_mut().unwrap().remove("platform")));
    listed.pop();
    layout.index(json!(listed));
    assert_eq!(
        place
            .image("oci:multi", "linux/arm64")
            .unwrap()
            .rootfs
            .architecture
            .as_ref()
            .map(Architecture::as_str),
        Some("arm64")
    );
    assert!(matches!(place.image("oci:multi", "linux/s390x"), Err(BaseError::NoPlatform { .. })));
    // An index that declares another platform than its image has.
    listed[0]["platform"] = json!({ "os": "linux", "architecture": "s390x" });
    layout.index(json!([listed[0]]));
    assert!(matches!(place.image("oci:multi", "linux/s390x"), Err(BaseError::OtherPlatform { .. })));
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn a_configuration_or_program_of_another_platform_is_an_error() {
    let place = Place::new();
    let tar = place.minirootfs("aarch64");
    place.umoci("layout", "honest", "arm64", &[&tar]);
    place.umoci("layout", "lying", "amd64", &[&tar]);
    copy(&place, &[], "oci:layout:honest", "docker-archive:docker.tar:x:1");
    // umoci's index declares it; Docker's archives have only the configuration.
    for (name, says) in [
        ("oci:layout:honest", "is not there for linux/amd64; it has linux/arm64"),
        ("docker-archive:docker.tar", "is for linux/arm64, not for linux/amd64"),
    ] {
        let error = place.image(name, "linux/amd64").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = place.image("oci:layout:lying", "linux/amd64").unwrap_err().to_string();
    assert!(error.contains("its programs are"), "{error}");
    let error = place.image("oci:layout", "linux/arm64").unwrap_err();
    assert!(error.to_string().contains("has several images: honest, lying"), "{error}");
    let error = place.image("oci:layout:none", "linux/arm64").unwrap_err();
    assert!(error.to_string().contains("\"none\""), "{error}");
    let error = place.image("docker-archive:docker.tar:y", "linux/arm64").unwrap_err();
    assert!(error.to_string().contains("x:1"), "{error}");
}

#[test]
#[ignore = "needs skopeo, umoci and the fixtures"]
fn what_docker_saves_today_is_read_too() {
    let place = Place::new();
    alpine(&place);
    let expected = place.image("oci:layout:alpine", "linux/amd64").unwrap();
    // The layout of Docker 25 and later: blobs by digest, and a manifest.json that points to them.
    let layout = Layout { dir: place.path("layout") };
    let manifest: Value =
        serde_json::from_slice(&layout.read(layout.listed()[0]["digest"].as_str().unwrap())).unwrap();
    let file =
        |descriptor: &Value| descriptor["digest"].as_str().unwrap().replacen("sha256:", "blobs/sha256/", 1);
    let layers: Vec<String> = manifest["layers"].as_array().unwrap().iter().map(file).collect();
    let saved =
        json!([{ "Config": file(&manifest["config"]), "RepoTags": ["alpine:latest"], "Layers": layers }]);
    place.write("layout/manifest.json", saved.to_string());
    place.tar("layout", "saved.tar");
    let base = place.image("docker-archive:saved.tar:alpine", "linux/amd64").unwrap();
    assert_eq!(base.rootfs, expected.rootfs);
    assert_eq!(base.layers, expected.layers, "compressed layers stay as they are");
    // Two images without a name are ambiguous; an image that is listed twice counts once.
    let mut unnamed = saved[0].clone();
    unnamed["RepoTags"] = Value::Null;
    let mut other = unnamed.clone();
    other["Layers"].as_array_mut().unwrap().pop();
    let image = |listed: Value| {
        place.write("layout/manifest.json", listed.to_string());
        place.tar("layout", "saved.tar");
        place.image("docker-archive:saved.tar", "linux/amd64").map_err(|error| error.to_string())
    };
    assert!(
        image(json!([unnamed, other])).unwrap_err().contains("several images, and none of them has a name")
    );
    assert_eq!(image(json!([unnamed, saved[0]])).unwrap().layers, expected.layers);
    // The store has the layer, and the archive does not.
    let lost = layers.last().unwrap();
    unnamed["Layers"].as_array_mut().unwrap().pop();
    unnamed["Layers"].as_array_mut().unwrap().push(json!("blobs/lost"));
    let error = image(json!([unnamed])).unwrap_err();
    assert!(error.contains("blobs/lost") && !error.contains(lost.as_str()), "{error}");
    // Without manifest.json it is an OCI archive under another name.
    std::fs::remove_file(place.path("layout/manifest.json")).unwrap();
    place.tar("layout", "saved.tar");
    assert_eq!(
        place.image("docker-archive:saved.tar:alpine", "linux/amd64").unwrap().layers,
        expected.layers
    );
}

/// A layout written by the test itself, because no tool would create it.
struct Layout {
    dir: std::path::PathBuf,
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes).to_string(), "size": bytes.len() })
}

fn index_of(manifests: &Value) -> Vec<u8> {
    json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests })
        .to_string()
        .into_bytes()
}

impl Layout {
    fn new(place: &Place, name: &str) -> Self {
        place.write(&format!("{name}/oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#);
        Self { dir: place.path(name) }
    }

    fn blob(&self, bytes: &[u8]) -> Vec<u8> {
        let folder = self.dir.join("blobs/sha256");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(Digest::of(bytes).hex()), bytes).unwrap();
        bytes.to_vec()
    }

    fn index(&self, manifests: Value) {
        std::fs::write(self.dir.join("index.json"), index_of(&manifests)).unwrap();
    }

    fn listed(&self) -> Vec<Value> {
        let index: Value =
            serde_json::from_slice(&std::fs::read(self.dir.join("index.json")).unwrap()).unwrap();
        index["manifests"].as_array().unwrap().clone()
    }

    fn path(&self, digest: &str) -> std::path::PathBuf {
        self.dir.join("blobs/sha256").join(digest.strip_prefix("sha256:").unwrap())
    }

    fn read(&self, digest: &str) -> Vec<u8> {
        std::fs::read(self.path(digest)).unwrap()
    }

    /// An image of these uncompressed layers; the diff IDs are those of the bytes.
    fn image(&self, layers: &[&[u8]], change: impl Fn(&mut Value, &mut Value)) {
        let diff_ids: Vec<String> = layers.iter().map(|layer| Digest::of(layer).to_string()).collect();
        let mut config = json!({
            "architecture": "amd64", "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let listed: Vec<Value> = layers
            .iter()
            .map(|layer| descriptor("application/vnd.oci.image.layer.v1.tar", &self.blob(layer)))
            .collect();
        let mut manifest = json!({ "schemaVersion": 2, "layers": listed });
        change(&mut config, &mut manifest);
        let config = self.blob(config.to_string().as_bytes());
        manifest["config"] = descriptor("application/vnd.oci.image.config.v1+json", &config);
        let manifest = self.blob(manifest.to_string().as_bytes());
        self.index(json!([descriptor("application/vnd.oci.image.manifest.v1+json", &manifest)]));
    }
}

const EMPTY_TAR: [u8; 1024] = [0; 1024];

#[test]
fn an_empty_image_is_a_base() {
    let place = Place::new();
    Layout::new(&place, "scratch").image(&[], |_, _| {});
    let base = place.image("oci:scratch", "linux/amd64").unwrap();
    assert!(base.layers.is_empty() && base.rootfs.entries.is_empty());
    assert_eq!((base.rootfs.libc, base.name), (None, None));
}

#[test]
fn the_history_is_brought_in_line_with_the_layers() {
    let place = Place::new();
    Layout::new(&place, "l").image(&[&EMPTY_TAR, &EMPTY_TAR], |config, _| {
        config["history"] = json!([{ "created_by": "one" }, { "created_by": "none", "empty_layer": true }]);
        config["config"] = json!({ "Healthcheck": { "Test": ["NONE"] }, "Volumes": null });
    });
    let base = place.image("oci:l", "linux/amd64").unwrap();
    let history = base.config.history().clone().unwrap();
    assert_eq!(history.iter().filter(|entry| entry.empty_layer() != Some(true)).count(), 2);
    assert_eq!(base.raw_config["config"]["Healthcheck"]["Test"][0], "NONE");
    assert_eq!(base.layers.len(), 2);
}

#[test]
fn every_byte_is_checked_and_nothing_false_is_kept() {
    let place = Place::new();
    let layout = Layout::new(&place, "l");
    let fault = |say: &str| {
        let error = place.image("oci:l", "linux/amd64").unwrap_err();
        assert!(error.to_string().contains(say), "{error}");
        assert!(place.leftovers().is_empty());
    };
    let layer = place.write("f/file", "content");
    let tar = std::fs::read(place.tar("f", "f.tar")).unwrap();
    assert!(layer.exists());
    let path = layout.path(&Digest::of(&tar).to_string());

    layout.image(&[&tar], |_, _| {});
    let mut flipped = tar.clone();
    flipped[600] ^= 1;
    std::fs::write(&path, &flipped).unwrap();
    fault(&format!("should be {} but is {}", Digest::of(&tar), Digest::of(&flipped)));
    std::fs::write(&path, &tar[..tar.len() - 512]).unwrap();
    fault("bytes but is");
    std::fs::write(&path, [tar.as_slice(), b"more"].concat()).unwrap();
    fault("larger than its manifest says");
    std::fs::remove_file(&path).unwrap();
    fault(&Digest::of(&tar).hex());
    assert!(place.store.blob_path(&Digest::of(&tar)).is_none());

    layout.image(&[&tar], |config, _| config["rootfs"]["diff_ids"] = json!([]));
    fault("0 diff IDs for 1 layers");
    layout.image(&[&tar], |config, _| config["rootfs"]["diff_ids"] = json!([Digest::of(b"x").to_string()]));
    fault("diff ID must be");
    layout.image(&[&tar], |config, _| config["rootfs"]["diff_ids"] = json!(["md5:1"]));
    fault("diff ID");
    layout.image(&[&tar], |_, manifest| manifest["layers"][0]["size"] = json!(u64::MAX));
    // It is in the store by now, verified; a wrong size must not be passed on.
    fault("should be");
    layout.image(&[&tar], |_, manifest| {
        manifest["layers"][0]["mediaType"] =
            json!("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    });
    fault("must not be distributed");
    layout.image(&[&vec![7; 2048]], |_, _| {});
    fault("no tar header");
    layout.image(&[&EMPTY_TAR], |config, _| drop(config.as_object_mut().unwrap().remove("architecture")));
    fault("architecture");

    // Documents that the store lacks.
    layout.image(&[&EMPTY_TAR], |config, _| config["author"] = json!("new"));
    let manifest = layout.listed()[0]["digest"].as_str().unwrap().to_owned();
    std::fs::write(layout.path(&manifest), b"{}").unwrap();
    fault("should be sha256");
    layout.index(json!("x"));
    fault("lists no images");
    layout.index(json!([]));
    fault("it lists no images");
    layout.index(json!([{ "mediaType": "x", "size": 1, "digest": "sha256:../../../../etc/passwd" }]));
    fault("../../../../etc/passwd");
    std::fs::write(layout.dir.join("oci-layout"), r#"{"imageLayoutVersion": "2.0.0"}"#).unwrap();
    fault("version");
    std::fs::remove_file(layout.dir.join("oci-layout")).unwrap();
    fault("oci-layout");
}

#[test]
fn indexes_within_each_other_without_end_are_refused() {
    let place = Place::new();
    let layout = Layout::new(&place, "l");
    let mut inner = layout.blob(&index_of(&json!([])));
    for _ in 0..8 {
        inner =
            layout.blob(&index_of(&json!([descriptor("application/vnd.oci.image.index.v1+json", &inner)])));
    }
    layout.index(json!([descriptor("application/vnd.oci.image.index.v1+json", &inner)]));
    let error = place.image("oci:l", "linux/amd64").unwrap_err().to_string();
    assert!(error.contains("too many indexes"), "{error}");
}

#[test]
fn hostile_archives_are_refused() {
    let place = Place::new();
    Layout::new(&place, "l").image(&[&EMPTY_TAR], |_, _| {});
    place.tar("l", "good.tar");
    assert!(place.image("oci-archive:good.tar", "linux/amd64").is_ok());
    let (layout, evil) = (place.text("l"), place.text("evil.tar"));
    let tar = |args: &[&str]| run("tar", &[&["-C", &layout, "-cf", &evil], args].concat());
    let fault = |say: &str| {
        let error = Place::image(&place, "oci-archive:evil.tar", "linux/amd64").unwrap_err().to_string();
        assert!(error.contains(say), "{error}");
    };
    tar(&["--transform=s,blobs,../../blobs,", "."]);
    fault("..");
    tar(&["oci-layout", "index.json", "index.json"]);
    fault("twice");
    std::os::unix::fs::symlink("/etc/passwd", place.path("l/outside")).unwrap();
    tar(&["--transform=s,outside,index.json,", "oci-layout", "outside"]);
    fault("index.json");
    std::fs::write(&evil, b"no tar at all, but long enough to be looked at".repeat(20)).unwrap();
    fault("no tar header");
    std::fs::write(&evil, &std::fs::read(place.path("good.tar")).unwrap()[..700]).unwrap();
    fault("evil.tar");
    std::fs::remove_file(&evil).unwrap();
    fault("evil.tar");
}
