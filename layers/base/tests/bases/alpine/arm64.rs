//! A whole base for arm64, composed on any host, from packages that are made of Alpine's own arm64 root file system;
//! and the same for amd64.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_apk::AlpineSpec;
use fourply_apk::ApkSources;
use fourply_base::{Base, BaseError, BaseSpec};
use fourply_platform::{Architecture, Libc};

use super::support::{Place, minirootfs};
use super::{manifest, refused, repacked};

/// Files outside packages: apk's and Docker's own, and mount points.
const EXCEPTIONS: [&str; 6] =
    ["lib/apk/db/", "etc/apk/world", "etc/apk/repositories", "var/cache/apk", "dev", "proc"];

/// A repository for these architectures, each built from the root file system of the other one in the pair.
fn repo(place: &Place, machines: &[(&str, &str)]) -> ApkSources {
    let (repo, key) = (place.path("repo"), place.path("test.rsa"));
    let public = repacked::key(&key);
    for (architecture, of) in machines {
        repacked::repack(&minirootfs(of), architecture, &repo, &key);
    }
    let repositories = vec![repo.to_str().unwrap().to_owned()];
    ApkSources { repositories, keys: vec![public], ..ApkSources::default() }
}

fn compose(place: &Place, sources: &ApkSources, platform: &str) -> Result<Base, BaseError> {
    let packages = repacked::WORLD.map(str::to_owned).to_vec();
    let spec = AlpineSpec { packages, sources: sources.clone(), ..AlpineSpec::default() };
    place.compose(&BaseSpec::Alpine(spec), platform)
}

/// Path → [`super::row`], of the root file system that Alpine publishes.
fn published(machine: &str) -> BTreeMap<String, String> {
    let mut archive =
        tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(minirootfs(machine)).unwrap()));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().trim_matches(['.', '/']).to_owned();
        let mode = entry.header().mode().unwrap() & 0o7777;
        found.insert(path, super::row(&mut entry, mode));
    }
    found.remove("");
    found
}

fn is_exception(path: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| path.starts_with(exception)) || path == "lib/apk/exec"
}

#[test]
#[ignore = "needs the fixtures and openssl"]
fn fixture_a_base_for_each_architecture_is_what_alpine_publishes() {
    let place = Place::new();
    let sources = repo(&place, &[("aarch64", "aarch64"), ("x86_64", "x86_64")]);
    for (platform, machine, architecture) in
        [("linux/arm64", "aarch64", "arm64"), ("linux/amd64", "x86_64", "amd64")]
    {
        let base = compose(&place, &sources, platform).unwrap();
        assert_eq!(base.rootfs.architecture.as_ref().map(Architecture::as_str), Some(architecture));
        assert_eq!(base.rootfs.libc, Some(Libc::Musl));
        assert_eq!(base.config.architecture().to_string(), architecture);
        assert_eq!(base.rootfs.os_release["VERSION_ID"], "3.20.3");
        let arch = base.rootfs.entries.get("etc/apk/arch");
        assert!(arch.is_some(), "apk in the image knows its machine");
        let (found, expected) = (manifest(&place, &base), published(machine));
        let mut wrong = Vec::new();
        let paths: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        for path in paths.into_iter().filter(|path| !is_exception(path)) {
            if expected.get(path) != found.get(path) {
                wrong.push(format!("{path}: {:?}, but Alpine {:?}", found.get(path), expected.get(path)));
            }
        }
        assert!(wrong.is_empty(), "{machine}: {}", wrong.join("\n"));
        assert!(expected.len() > 400);
    }
    assert!(place.leftovers().is_empty());
}

#[test]
#[ignore = "needs the fixtures, openssl, and root for chroot"]
fn fixture_a_base_for_each_architecture_is_understood_by_real_apk_as_root() {
    let place = Place::new();
    let sources = repo(&place, &[("aarch64", "aarch64"), ("x86_64", "x86_64")]);
    for (platform, machine) in [("linux/arm64", "aarch64"), ("linux/amd64", "x86_64")] {
        is_understood_by_apk(&place, &compose(&place, &sources, platform).unwrap(), machine);
    }
}

/// This host's own apk, from Alpine's root file system, reads either database and finds each file as recorded.
fn is_understood_by_apk(place: &Place, base: &Base, machine: &str) {
    let tools = place.path("tools");
    if !tools.exists() {
        std::fs::create_dir_all(&tools).unwrap();
        let own = minirootfs(std::env::consts::ARCH);
        super::run("tar", &["-xzf", own.to_str().unwrap(), "-C", tools.to_str().unwrap()]);
    }
    super::unpack(place, base, &format!("tools/{machine}"));
    let target = format!("/{machine}");
    let apk = |args: &[&str]| {
        let fixed = [tools.to_str().unwrap(), "/sbin/apk", "--root", &target, "--no-network"];
        super::run("chroot", &[&fixed[..], args].concat())
    };
    let listed = apk(&["info", "-v"]);
    assert!(listed.contains("musl-1.2.5-r0") && listed.contains("alpine-release-3.20.3-r0"), "{listed}");
    assert_eq!(
        std::fs::read_to_string(tools.join(machine).join("etc/apk/arch")).unwrap(),
        format!("{machine}\n")
    );
    let audited = apk(&["audit", "--system", "--check-permissions"]);
    let other: Vec<&str> = audited.lines().filter(|line| !line.contains("/apk/")).collect();
    assert_eq!(other, Vec::<&str>::new());
}

/// Files of two architectures under one name would not run: the index says arm64, the programs are for amd64.
#[test]
#[ignore = "needs the fixtures and openssl"]
fn fixture_programs_of_another_architecture_are_refused() {
    let place = Place::new();
    let sources = repo(&place, &[("aarch64", "x86_64")]);
    let index = place.path("repo/aarch64/APKINDEX.tar.gz");
    assert!(
        refused(compose(&place, &sources, "linux/arm64")).contains("has packages for x86_64"),
        "{index:?}"
    );
    let renamed = repo_that_claims(&place, "aarch64", "x86_64");
    let error = refused(compose(&place, &renamed, "linux/arm64"));
    assert!(error.contains("is for linux/amd64, not for linux/arm64 (its programs are)"), "{error}");
}

/// The same packages, whose database claims another architecture.
fn repo_that_claims(place: &Place, architecture: &str, of: &str) -> ApkSources {
    let script = "mkdir rootfs && tar -xzf \"$1\" -C rootfs && sed -i \"s/^A:.*/A:$2/\" rootfs/lib/apk/db/installed \
        && tar -czf claims.tar.gz -C rootfs --numeric-owner .";
    let rootfs = minirootfs(of);
    let folder = place.dir.path();
    let args =
        ["-c", &format!("cd {} && {script}", folder.display()), "sh", rootfs.to_str().unwrap(), architecture];
    super::run("sh", &args);
    let (repo, key): (PathBuf, PathBuf) = (place.path("claims"), place.path("test.rsa"));
    repacked::repack(&place.path("claims.tar.gz"), architecture, &repo, &key);
    let repositories = vec![repo.to_str().unwrap().to_owned()];
    let keys = vec![place.path("test.rsa.pub")];
    ApkSources { repositories, keys, ..ApkSources::default() }
}
