//! An image of several layers of packages, as those see it who run images: podman, docker, and a library that reads layouts. All have the
//! tree that `fourply tree` tells, which is pnpm's.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fourply_blob::Digest;
use ocipkg::image::{Image as _, OciArchive};
use sha2::Digest as _;

use super::program::{copy_workspace, digest, fourply, run, tool};
use super::user::is_root;
use super::{example, scratch, tiny};

/// The example on a base that is next to nothing, so that its packages are what takes time.
struct Built {
    dir: tempfile::TempDir,
    tree: BTreeSet<String>,
}

impl Built {
    fn new() -> Built {
        let dir = scratch();
        let root = dir.path().join("erp");
        copy_workspace(&example(), &root);
        let base = tiny::rootfs();
        let sha256: String = sha2::Sha256::digest(&base).iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(root.join("base.tar.gz"), base).unwrap();
        let config = format!(
            "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{sha256}\" }}\n[build]\nscript = false\n[image]\nlayers = 10\n"
        );
        std::fs::write(root.join("fourply.toml"), config).unwrap();
        for folder in [
            "services/auth",
            "services/catalog",
            "services/master-data",
            "shared/kernel",
            "shared/service-kit",
        ] {
            std::fs::create_dir_all(root.join(folder).join("dist")).unwrap();
            std::fs::write(root.join(folder).join("dist/main.js"), "").unwrap();
        }
        let (oci, docker) = (dir.path().join("oci.tar"), dir.path().join("docker.tar"));
        let outputs = [
            format!("type=oci-archive,dest={},name=localhost/erp/auth:1", oci.display()),
            format!("type=docker-archive,dest={},name=localhost/erp/auth:1", docker.display()),
        ];
        let [oci, docker] = &outputs;
        let usual = ["services/auth", "--ignore-scripts"];
        let args = [&["build"][..], &usual, &["--no-prune", "-o", oci, "-o", docker]].concat();
        digest(&mut fourply(&root, &args));
        let said = run(&mut fourply(&root, &[&["tree"][..], &usual, &["--libc", "musl"]].concat()));
        let tree: BTreeSet<String> =
            String::from_utf8(said.stdout).unwrap().lines().map(str::to_owned).collect();
        assert!(tree.len() > 1000, "{}", String::from_utf8_lossy(&said.stderr));
        Built { dir, tree }
    }

    fn archive(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Hands the image to an engine, under the name that a compose file has for it.
    fn load(&self, variable: &str, host: &str, flag: &str) {
        let root = self.dir.path().join("erp");
        let compose = "services:\n  api:\n    image: localhost/erp-auth:${TAG:-dev}\n    build: { context: ., dockerfile: services/auth/Dockerfile }\n";
        std::fs::write(root.join("compose.yaml"), compose).unwrap();
        let mut command = fourply(&root, &["build", "services/auth", "--ignore-scripts", "--no-prune", flag]);
        digest(command.env(variable, host));
    }

    /// Hands all images to an engine: two have names in the compose file. Those that do not live stay out of it.
    fn load_all(&self, variable: &str, host: &str, flag: &str) {
        let root = self.dir.path().join("erp");
        let compose = "services:\n  api:\n    image: localhost/erp-all-auth:${TAG:-dev}\n    build: { context: ., dockerfile: services/auth/Dockerfile }\n  \
                       data:\n    image: localhost/erp-all-data:${TAG:-dev}\n    build: { context: ., dockerfile: services/master-data/Dockerfile }\n";
        std::fs::write(root.join("compose.yaml"), compose).unwrap();
        let all = ["build", "--all", "--ignore-scripts", "--no-prune", flag];
        let done = run(fourply(&root, &all).env(variable, host));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let smoke = [&all[..], &["--smoke"]].concat();
        let done = run(fourply(&root, &smoke).env(variable, host).env("TAG", "unwell"));
        let text = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.code() == Some(1) && text.contains("the program node is not in the image"),
            "{text}"
        );
    }

    /// Compares it with what somebody read.
    fn expect(&self, found: &BTreeSet<String>) {
        let more: Vec<_> = found.difference(&self.tree).take(5).collect();
        let less: Vec<_> = self.tree.difference(found).take(5).collect();
        assert!(more.is_empty() && less.is_empty(), "too much: {more:#?}, missing: {less:#?}");
    }
}

/// What lies below `/app` in a tar, of all node_modules, in the form of `fourply tree`.
fn listing(tar: impl Read) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let Some(path) = path.trim_end_matches('/').strip_prefix("app/") else { continue };
        if !path.split('/').any(|name| name == "node_modules") {
            continue;
        }
        let (kind, mode) = (entry.header().entry_type(), entry.header().mode().unwrap() & 0o7777);
        let (letter, value) = if kind.is_dir() {
            ('d', "-".to_owned())
        } else if kind.is_symlink() {
            ('l', String::from_utf8(entry.link_name_bytes().unwrap().into_owned()).unwrap())
        } else {
            assert!(kind.is_file(), "{path} is a {kind:?}");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            ('f', Digest::of(&bytes).hex())
        };
        lines.insert(format!("{path}\t{letter}\t{mode:04o}\t{value}"));
    }
    lines
}

#[test]
fn a_library_reads_the_layers() {
    let built = Built::new();
    let mut archive = OciArchive::new(&built.archive("oci.tar")).unwrap();
    let manifest = archive.get_manifest().unwrap();
    let mut found = BTreeSet::new();
    let mut with_packages = 0;
    for layer in manifest.layers() {
        let blob = archive.get_blob(&layer.digest().to_string().parse().unwrap()).unwrap();
        let of_layer = listing(flate2::read::MultiGzDecoder::new(&*blob));
        with_packages += usize::from(!of_layer.is_empty());
        found.extend(of_layer);
    }
    assert!(with_packages > 1, "{with_packages} layers of packages");
    built.expect(&found);
}

#[test]
#[ignore = "needs podman"]
fn podman_has_the_tree_of_the_layers() {
    let built = Built::new();
    let path = |name: &str| built.archive(name).display().to_string();
    let (root, state) = (path("root"), path("run"));
    let own =
        ["--root", &root, "--runroot", &state, "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"];
    let podman = |args: &[&str]| tool("podman", &[&own, args].concat()).trim().to_owned();
    podman(&["load", "--quiet", "--input", &path("oci.tar")]);
    let container = podman(&["create", "localhost/erp/auth:1"]);
    podman(&["export", "--output", &path("exported.tar"), &container]);
    built.expect(&listing(std::fs::File::open(path("exported.tar")).unwrap()));
    podman(&["rm", &container]);
    podman(&["rmi", "--force", "localhost/erp/auth:1"]);
    let socket = format!("unix://{}", path("podman.sock"));
    let mut service =
        Command::new("podman").args(own).args(["system", "service", "-t", "0", &socket]).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while !Path::new(&path("podman.sock")).exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    built.load("CONTAINER_HOST", &socket, "--load=podman");
    let loaded = podman(&["image", "inspect", "--format", "{{.Config.User}}", "localhost/erp-auth:dev"]);
    built.load_all("CONTAINER_HOST", &socket, "--load=podman");
    let all = podman(&["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(loaded, "1001:1001");
    are_loaded(&all);
}

#[test]
#[ignore = "needs dockerd"]
fn docker_has_the_tree_of_the_layers() {
    let built = Built::new();
    let docker = Docker::start(built.dir.path());
    docker.run(&["load", "--quiet", "--input", built.archive("docker.tar").to_str().unwrap()]);
    let container = docker.run(&["create", "localhost/erp/auth:1"]);
    let exported = built.archive("exported.tar");
    docker.run(&["export", "--output", exported.to_str().unwrap(), container.trim()]);
    let listed = tool_as_root("cat", &[exported.to_str().unwrap()]);
    built.expect(&listing(&*listed));
    // Root's socket is not for others.
    if is_root() {
        built.load("DOCKER_HOST", &format!("unix://{}", docker.folder.join("socket").display()), "--load");
        let loaded =
            docker.run(&["image", "inspect", "--format", "{{.Config.User}}", "localhost/erp-auth:dev"]);
        assert_eq!(loaded.trim(), "1001:1001");
        built.load_all(
            "DOCKER_HOST",
            &format!("unix://{}", docker.folder.join("socket").display()),
            "--load",
        );
        are_loaded(&docker.run(&["images", "--format", "{{.Repository}}:{{.Tag}}"]));
    }
}

/// The images of `--all` are there, and those that do not live are not.
fn are_loaded(names: &str) {
    for name in ["erp-all-auth:dev", "erp-all-data:dev", "catalog:latest"] {
        assert!(names.lines().any(|line| line.ends_with(name)), "{name} is not in {names}");
    }
    assert!(!names.contains("unwell"), "{names}");
}

/// A command that may do everything.
fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn tool_as_root(program: &str, args: &[&str]) -> Vec<u8> {
    let output = as_root(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A daemon with a folder of its own, without networks.
struct Docker {
    daemon: Child,
    folder: PathBuf,
}

impl Docker {
    fn start(folder: &Path) -> Docker {
        let folder = folder.join("docker");
        std::fs::create_dir(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let log = std::fs::File::create(path("log")).unwrap();
        let daemon = as_root("dockerd")
            .args(["--iptables=false", "--bridge=none", "--storage-driver", "vfs", "--host"])
            .arg(format!("unix://{}", path("socket")))
            .args(["--data-root", &path("data"), "--exec-root", &path("exec"), "--pidfile", &path("pid")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut docker = Docker { daemon, folder };
        let end = Instant::now() + Duration::from_secs(60);
        while !docker.command(&["version"]).output().unwrap().status.success() {
            let log = || std::fs::read_to_string(docker.folder.join("log")).unwrap();
            assert!(docker.daemon.try_wait().unwrap().is_none(), "dockerd ended: {}", log());
            assert!(Instant::now() < end, "dockerd does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
        docker
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = as_root("docker");
        command.arg("--host").arg(format!("unix://{}", self.folder.join("socket").display())).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let _ = as_root("kill").arg(self.daemon.id().to_string()).status();
        let _ = self.daemon.wait();
        let _ = as_root("rm").arg("-rf").arg(&self.folder).status();
    }
}
