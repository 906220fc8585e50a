//! What a base is locked to and what is told of it: for two processors at once, in a registry whose tag moves, without any network, and
//! with a node that nobody asked for.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{copy_workspace, digest, error, fourply, run, tool};
use super::registry::Registry;
use super::repacked;
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};
use super::{example, fixtures, json, scratch};

/// For a base without node: what its images start.
pub const WITHOUT_NODE: &str = "[image]\ncmd = [\"busybox\", \"true\"]\nhealth = false\n";

/// The small workspace, with these lines of `[base]`.
pub fn tiny(base: &str) -> (Tiny, Npm) {
    let bytes = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    configure(&tiny, base);
    (tiny, npm)
}

pub fn configure(tiny: &Tiny, base: &str) {
    let text = format!("[base]\n{base}\n[build]\nscript = false\n");
    std::fs::write(tiny.root.join("fourply.toml"), text).unwrap();
}

pub fn minirootfs(machine: &str) -> PathBuf {
    fixtures::dir().join(format!("alpine/minirootfs/alpine-minirootfs-3.20.3-{machine}.tar.gz"))
}

fn lock(tiny: &Tiny, args: &[&str]) -> String {
    let locked = run(&mut tiny.fourply(&[&["lock"], args].concat()));
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
    std::fs::read_to_string(tiny.root.join("fourply.lock")).unwrap()
}

/// The same command in a network namespace of its own, where nothing can be reached.
fn without_network(command: &Command) -> Command {
    let mut alone = Command::new("unshare");
    alone.arg("-rn").arg(command.get_program()).args(command.get_args());
    alone.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        alone.env(name, value.unwrap_or_default());
    }
    alone
}

#[test]
#[ignore = "needs the fixtures, openssl and skopeo"]
fn fixture_two_processors_are_locked_and_built_without_index_or_network() {
    let (tiny, npm) = tiny("");
    let (repo, key) = (tiny.dir.path().join("repo"), tiny.dir.path().join("test.rsa"));
    let public = repacked::key(&key);
    for machine in ["x86_64", "aarch64"] {
        repacked::repack(&minirootfs(machine), machine, &repo, &key);
    }
    let base = |more: &str| {
        let world = repacked::WORLD.map(|name| format!("{name:?}")).join(", ");
        let keys = format!("repositories = [{repo:?}], keys = [{public:?}]");
        format!("alpine = {{ packages = [{world}{more}], {keys} }}\n{WITHOUT_NODE}")
    };
    configure(&tiny, &base(""));
    let text = lock(&tiny, &["--platform", "linux/amd64", "--platform", "linux/arm64"]);
    for (platform, architecture) in [("amd64", "x86_64"), ("arm64", "aarch64")] {
        let head = format!("[platform.\"linux/{platform}\"]\narchitecture = \"{architecture}\"\n");
        let musl = format!("[platform.\"linux/{platform}\".apk.musl]\nversion = \"1.2.5-r0\"\n");
        assert!(text.contains(&head) && text.contains(&musl), "{text}");
    }
    // Locked again, for all that is in it, nothing changes.
    assert_eq!(lock(&tiny, &[]), text);

    // The index is gone, and the packages with it: the store has what the lock names.
    std::fs::remove_dir_all(&repo).unwrap();
    let image = tiny.dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    let platforms = "linux/amd64,linux/arm64";
    let args = ["build", "services/a", "--locked", "--platform", platforms, "-o", &output];
    let first = digest(&mut tiny.fourply(&args));
    drop(npm);
    assert_eq!(digest(&mut without_network(&tiny.fourply(&args))), first);
    let layout = format!("oci:{}", image.display());
    let index = json(&tool("skopeo", &["inspect", "--raw", &layout]));
    let of = |entry: &serde_json::Value| entry["platform"]["architecture"].as_str().unwrap().to_owned();
    let processors: Vec<String> = index["manifests"].as_array().unwrap().iter().map(of).collect();
    assert_eq!(processors, ["amd64", "arm64"]);
    for (architecture, machine) in [("amd64", 62), ("arm64", 183)] {
        let config =
            ["--override-os", "linux", "--override-arch", architecture, "inspect", "--config", &layout];
        assert_eq!(json(&tool("skopeo", &config))["architecture"], architecture);
        assert_eq!(machine_of_busybox(&image, &index, architecture), machine);
    }

    configure(&tiny, &base(", \"zlib\""));
    assert!(error(&mut tiny.fourply(&args), 1).contains("does not fit [base]: alpine zlib is not locked"));
    configure(&tiny, &base(""));
    let args = ["build", "services/a", "--locked", "--platform", "linux/s390x", "-o", &output];
    let said = error(&mut tiny.fourply(&args), 1);
    assert!(
        said.contains("has nothing for linux/s390x") && said.contains("fourply lock --platform"),
        "{said}"
    );
}

/// The machine in the ELF header of the image's busybox, as GNU tar unpacks it.
fn machine_of_busybox(image: &Path, index: &serde_json::Value, architecture: &str) -> u16 {
    let blob = |digest: &serde_json::Value| {
        image.join("blobs/sha256").join(digest.as_str().unwrap().trim_start_matches("sha256:"))
    };
    let mut entries = index["manifests"].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["platform"]["architecture"] == architecture).unwrap();
    let manifest = json(&std::fs::read_to_string(blob(&entry["digest"])).unwrap());
    let base = blob(&manifest["layers"][0]["digest"]);
    let args = ["-xzOf", base.to_str().unwrap(), "bin/busybox"];
    let program = Command::new("tar").args(args).output().unwrap().stdout;
    u16::from_le_bytes([program[18], program[19]])
}

/// Alpine's root file system as `NAME:tag` of a registry, with a label.
fn push(folder: &Path, registry: &Registry, label: &str) {
    super::lock::image(folder, label);
    let (from, to) = (
        format!("oci:{}:one", folder.join("base").display()),
        format!("docker://{}/base:1", registry.host()),
    );
    tool("skopeo", &["copy", "--quiet", "--dest-tls-verify=false", &from, &to]);
}

#[test]
#[ignore = "needs the fixtures, docker-registry, skopeo and umoci"]
fn fixture_an_image_in_a_registry_stays_what_was_locked_when_its_tag_moves() {
    let registry = Registry::start();
    let (tiny, _npm) = tiny(&format!("image = \"{}/base:1\"\n{WITHOUT_NODE}", registry.host()));
    push(tiny.dir.path(), &registry, "v=1");
    let first = lock(&tiny, &[]);
    let pinned = |text: &str| {
        text.lines().filter(|line| line.contains("sha256:")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pinned(&first).len(), 2, "what the name led to, and the manifest of the platform: {first}");
    push(tiny.dir.path(), &registry, "v=2");

    let image = tiny.dir.path().join("image");
    let output = format!("type=oci,dest={}", image.display());
    let build = |store: &str, more: &[&str]| {
        let mut command = tiny.fourply(&[&["build", "services/a", "-o", &output], more].concat());
        command.env("FOURPLY_STORE", tiny.dir.path().join(store));
        command
    };
    let label = || {
        let layout = format!("oci:{}", image.display());
        json(&tool("skopeo", &["inspect", "--config", &layout]))["config"]["Labels"]["v"].clone()
    };
    // A store that knows nothing of it, with --locked and without; and without a lock, what the tag is now.
    for (store, more, expected) in [("one", &["--locked"][..], "1"), ("two", &[], "1")] {
        digest(&mut build(store, more));
        assert_eq!(label(), expected, "{store} {more:?}");
    }
    digest(&mut build("two", &["--refresh-base"]));
    assert_eq!(label(), "2");
    let second = lock(&tiny, &[]);
    let (one, other) = (pinned(&first), pinned(&second));
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{one:?} {other:?}");
    digest(&mut build("one", &["--locked"]));
    assert_eq!(label(), "2");

    // What is locked is gone from the registry: its digest is told.
    std::fs::write(tiny.root.join("fourply.lock"), first.replace(digest_in(&one[0]), &"0".repeat(64)))
        .unwrap();
    let said = error(&mut build("three", &["--locked"]), 3);
    assert!(said.contains(&format!("sha256:{}", "0".repeat(64))), "{said}");
}

fn digest_in(line: &str) -> &str {
    line.split("sha256:").nth(1).unwrap().trim_end_matches('"')
}

#[test]
#[ignore = "needs a Debian archive and an npm registry"]
fn a_locked_base_of_debian_needs_no_network() {
    let dir = scratch();
    let workspace = dir.path().join("erp");
    copy_workspace(&example(), &workspace);
    let text = std::fs::read_to_string(workspace.join("fourply.toml")).unwrap();
    std::fs::write(workspace.join("fourply.toml"), text.replace("\"tini\"]", "\"tini\", \"dash\"]")).unwrap();
    assert!(run(&mut fourply(&workspace, &["lock"])).status.success());
    let lock = std::fs::read_to_string(workspace.join("fourply.lock")).unwrap();
    assert!(lock.contains("[platform.\"linux/amd64\".deb.dash]\nversion = "), "{lock}");
    let output = format!("type=oci,dest={}", dir.path().join("image").display());
    let build = || fourply(&workspace, &["build", "services/catalog", "--locked", "-o", &output]);
    let mut online = build();
    let told = run(&mut online);
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{said}");
    // What the scripts of dash, and of what it depends on, do is of no use in an image.
    assert!(!said.contains("scripts that were not run"), "{said}");
    let first = String::from_utf8(told.stdout).unwrap();
    assert_eq!(digest(&mut without_network(&build())), first.trim());

    // So a list of what is accepted may be empty, locked or not.
    let text = std::fs::read_to_string(workspace.join("fourply.toml")).unwrap();
    std::fs::write(workspace.join("fourply.toml"), text.replace("[base]\n", "[base]\naccept_scripts = []\n"))
        .unwrap();
    assert_eq!(digest(&mut without_network(&build())), first.trim());
}

#[test]
fn a_node_that_engines_does_not_want_is_an_error_unless_ignored() {
    let header =
        "#define NODE_MAJOR_VERSION 18\n#define NODE_MINOR_VERSION 19\n#define NODE_PATCH_VERSION 0\n";
    let rootfs = tarball(&[
        (b'0', "lib/ld-musl-x86_64.so.1", "a loader"),
        (b'0', "usr/local/bin/node", "a node"),
        (b'0', "usr/local/include/node/node_version.h", header),
    ]);
    let (tiny, _npm) = tiny("");
    std::fs::write(tiny.root.join("base.tar.gz"), &rootfs).unwrap();
    let sum = tool("sha256sum", &[tiny.root.join("base.tar.gz").to_str().unwrap()]);
    let sum = sum.split(' ').next().unwrap();
    configure(&tiny, &format!("rootfs = {{ file = \"base.tar.gz\", sha256 = \"{sum}\" }}"));
    let said = |file: &str, engines: &str, works: bool| {
        let path = tiny.root.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, before.replacen('{', &format!("{{\"engines\":{{\"node\":{engines:?}}},"), 1))
            .unwrap();
        let output = run(&mut tiny.build());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), works, "{said}");
        std::fs::write(&path, before).unwrap();
        said.lines().filter(|line| line.contains("has node")).map(str::to_owned).collect::<Vec<_>>()
    };
    let line = |kind: &str, whose: &str| {
        vec![format!("{kind}: the base has node 18.19.0, but {whose} asks for >=20")]
    };
    assert_eq!(said("services/a/package.json", ">=20", false), line("error", "services/a"));
    assert_eq!(said("package.json", ">=20", false), line("error", "the workspace"));
    assert_eq!(said("services/a/package.json", "^18.18 || >=20", true), Vec::<String>::new());
    // npm's own rule for what is no range: nothing is asked for.
    assert_eq!(said("services/a/package.json", "some day", true), Vec::<String>::new());
    let before = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
    let ignored = match before.contains("[build]") {
        true => before.replace("[build]", "[build]\nengines = \"ignore\""),
        false => format!("{before}\n[build]\nengines = \"ignore\"\n"),
    };
    std::fs::write(tiny.root.join("fourply.toml"), ignored).unwrap();
    assert_eq!(said("package.json", ">=20", true), line("warning", "the workspace"));
}
