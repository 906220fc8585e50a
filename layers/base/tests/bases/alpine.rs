//! Bases of Alpine packages, compared with the result of real apk-tools, and checked by real apk-tools.

mod arm64;
mod beside_apk;
mod hostile;
mod init;
mod made;
mod sources;
mod toolchain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{self, Place, fixtures, run};
use fourply_apk::AlpineSpec;
use fourply_apk::ApkSources;
use fourply_base::{
    AddedToBase, Base, BaseError, BaseSpec, FolderSpec, Location, RootfsSpec, Setup, compose_with,
};
use fourply_store::{FetchSettings, Fetcher, NoProgress};
use fourply_testing::repacked;
use sha2::{Digest as _, Sha256};

fn alpine() -> PathBuf {
    fixtures::dir().join("alpine")
}

fn iso_repo() -> ApkSources {
    ApkSources {
        repositories: vec![alpine().join("alpine-3.19-x86_64/iso-repo").to_str().unwrap().to_owned()],
        keys: vec![alpine().join("keys")],
        ..ApkSources::default()
    }
}

fn spec(packages: &[&str]) -> BaseSpec {
    BaseSpec::Alpine(AlpineSpec {
        packages: packages.iter().map(|name| (*name).to_owned()).collect(),
        sources: iso_repo(),
        ..AlpineSpec::default()
    })
}

/// Unpacks the layers of a base, as root with owners.
fn unpack(place: &Place, base: &Base, name: &str) -> PathBuf {
    let root = place.path(name);
    std::fs::create_dir_all(&root).unwrap();
    for layer in &base.layers {
        let blob = place.store.blob_path(&layer.digest).unwrap();
        run(
            "tar",
            &[
                "-xpzf",
                blob.to_str().unwrap(),
                "-C",
                root.to_str().unwrap(),
                "--numeric-owner",
                "--xattrs",
                "--xattrs-include=*",
                "--same-owner",
            ],
        );
    }
    root
}

/// Type, mode, owner and target or digest of an entry.
fn row(entry: &mut tar::Entry<'_, impl std::io::Read>, mode: u32) -> String {
    let mut content = Vec::new();
    std::io::Read::read_to_end(entry, &mut content).unwrap();
    let target = || entry.link_name().unwrap().unwrap().to_str().unwrap().to_owned();
    let header = entry.header();
    let (kind, what) = match header.entry_type() {
        tar::EntryType::Directory => ('d', String::new()),
        tar::EntryType::Symlink => ('l', target()),
        _ => ('f', hex::encode(Sha256::digest(&content))),
    };
    format!("{kind}\t{mode:o}\t{}\t{}\t{what}", header.uid().unwrap(), header.gid().unwrap())
}

/// Path → [`row`], from the layer's own tar.
fn manifest(place: &Place, base: &Base) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for layer in &base.layers {
        let blob = std::fs::File::open(place.store.blob_path(&layer.digest).unwrap()).unwrap();
        let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(blob));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().trim_end_matches('/').to_owned();
            let mode = entry.header().mode().unwrap();
            found.insert(path, row(&mut entry, mode));
        }
    }
    found
}

/// Differences of real apk because it ran as root in a chroot: devices, the mounted /proc, its own folders.
const EXCEPTIONS: [&str; 4] = ["proc", "lib/apk/exec", "etc/apk/world", "lib/apk/db/scripts.tar"];

#[test]
#[ignore = "needs the fixtures"]
fn fixture_is_what_real_apk_lays_out() {
    let place = Place::new();
    let base = place.compose(&spec(&["apk-tools", "libc-utils"]), "linux/amd64").unwrap();
    let golden = std::fs::read_to_string(alpine().join("golden/rootfs-base/manifest.tsv")).unwrap();
    let expected: BTreeMap<String, String> = golden
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(path, rest)| !rest.starts_with('c') && !EXCEPTIONS.contains(path))
        .map(|(path, rest)| (path.to_owned(), rest.to_owned()))
        .collect();
    let found: BTreeMap<String, String> = manifest(&place, &base)
        .into_iter()
        .filter(|(path, _)| !EXCEPTIONS.contains(&path.as_str()))
        .collect();
    let mut wrong = Vec::new();
    for path in expected.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>() {
        if expected.get(path) != found.get(path) {
            wrong.push(format!("{path}: {:?}, but apk {:?}", found.get(path), expected.get(path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(expected.len() > 400);
    assert_eq!(base.rootfs.libc, Some(fourply_platform::Libc::Musl));
}

fn refused(result: Result<Base, BaseError>) -> String {
    result.map(drop).unwrap_err().to_string()
}

#[test]
#[ignore = "needs the fixtures"]
fn fixture_a_second_build_needs_no_repository() {
    let place = Place::new();
    let first = place.compose(&spec(&["tzdata"]), "linux/amd64").unwrap();
    let again = place.compose(&spec(&["tzdata"]), "linux/amd64").unwrap();
    assert_eq!(first.layers, again.layers);
    let other = Place::new();
    let elsewhere = other.compose(&spec(&["tzdata"]), "linux/amd64").unwrap();
    assert_eq!(first.layers, elsewhere.layers);
    assert!(
        refused(place.compose(&spec(&["no-such-package"]), "linux/amd64"))
            .contains("no-such-package (no such package)")
    );
    assert!(place.leftovers().is_empty());
}

/// Real apk, in Alpine's own root file system.
fn apk(place: &Place, root: &Path, args: &[&str]) -> String {
    let tools = place.path("tools");
    if !tools.exists() {
        std::fs::create_dir_all(&tools).unwrap();
        run("tar", &["-xzf", support::minirootfs("x86_64").to_str().unwrap(), "-C", tools.to_str().unwrap()]);
    }
    let inside = tools.join("target");
    if !inside.exists() {
        std::fs::create_dir_all(&inside).unwrap();
        run("cp", &["-a", &format!("{}/.", root.to_str().unwrap()), inside.to_str().unwrap()]);
        let repo = tools.join("repo");
        run(
            "cp",
            &["-a", alpine().join("alpine-3.19-x86_64/iso-repo").to_str().unwrap(), repo.to_str().unwrap()],
        );
        run("cp", &["-a", alpine().join("keys").to_str().unwrap(), tools.join("keys").to_str().unwrap()]);
    }
    let fixed = ["--root", "/target", "--no-network", "--keys-dir", "/keys", "-X", "/repo"];
    let all: Vec<&str> =
        [tools.to_str().unwrap(), "/sbin/apk"].into_iter().chain(fixed).chain(args.iter().copied()).collect();
    run("chroot", &all)
}

#[test]
#[ignore = "needs the fixtures, and root for chroot"]
fn fixture_real_apk_reads_the_database_and_adds_to_it_as_root() {
    let place = Place::new();
    let base = place
        .compose(&spec(&["apk-tools", "tzdata", "doas", "chrony", "ncurses-terminfo-base"]), "linux/amd64")
        .unwrap();
    let root = unpack(&place, &base, "root");
    let listed = apk(&place, &root, &["info", "-v"]);
    assert!(listed.contains("tzdata-2023d-r0") && listed.contains("musl-1.2.4"), "{listed}");
    assert_eq!(
        apk(&place, &root, &["info", "--who-owns", "/usr/bin/doas"]).trim(),
        "/usr/bin/doas is owned by doas-6.8.2-r6"
    );
    let audited = apk(&place, &root, &["audit", "--system", "--check-permissions"]);
    let left: Vec<&str> = audited.lines().filter(|line| !line.contains("/apk/")).collect();
    // The accounts of chrony's script and the home that it creates, as with real apk.
    let by_script = ["etc/passwd", "etc/group", "etc/shadow", "var/log/chrony/"];
    assert!(left.iter().all(|line| by_script.iter().any(|path| line.ends_with(path))), "{audited}");
    let added = apk(&place, &root, &["add", "openssl"]);
    assert!(added.contains("Installing openssl") && added.contains("OK:"), "{added}");
    assert!(apk(&place, &root, &["info", "-L", "openssl"]).contains("usr/bin/openssl"));
}

/// An extended attribute of a package is in the layer, and in the database in the form that real apk compares.
#[test]
#[ignore = "needs the fixtures, openssl, and root for attributes and chroot"]
fn fixture_real_apk_finds_extended_attributes_as_they_were_packed_as_root() {
    let program =
        [made::Put::Dir("usr"), made::Put::Dir("usr/bin"), made::Put::Capable("usr/bin/low", b"low")];
    let packages = made::smallest().into_iter().chain([made::package("low", "", &program)]);
    let repo = made::Repo::new(&packages.collect::<Vec<_>>());
    let base = repo.compose(&["low"]).unwrap();
    let root = unpack(&repo.place, &base, "root");
    let low = root.join("usr/bin/low");
    let name = "security.capability";
    let mut value = [0; 64];
    let length = rustix::fs::getxattr(&low, name, &mut value).unwrap();
    assert_eq!(value[..length], made::CAPABILITY);
    let database = std::fs::read_to_string(root.join("lib/apk/db/installed")).unwrap();
    assert!(database.contains("R:low\na:0:0:644:Q1"), "{database}");
    let audit = |root: &Path| {
        let listed = apk(&repo.place, root, &["audit", "--system", "--check-permissions"]);
        listed.lines().filter(|line| line.contains("usr/bin/low")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(audit(&root), Vec::<String>::new());
    // apk itself confirms it: without the attribute it reports a difference.
    rustix::fs::removexattr(repo.place.path("tools/target/usr/bin/low"), name).unwrap();
    assert_eq!(audit(&root), ["x usr/bin/low"]);
}

/// Packages on Alpine's own root file system of another release.
fn on_minirootfs(place: &Place, packages: &[&str], machine: &str, platform: &str) -> Result<Base, BaseError> {
    on_minirootfs_from(place, packages, iso_repo(), machine, platform)
}

fn on_minirootfs_from(
    place: &Place,
    packages: &[&str],
    sources: ApkSources,
    machine: &str,
    platform: &str,
) -> Result<Base, BaseError> {
    let file = support::minirootfs(machine);
    let sha256 = format!("sha256:{}", hex::encode(Sha256::digest(std::fs::read(&file).unwrap())));
    let spec =
        BaseSpec::Rootfs(RootfsSpec { location: Location::File(file), sha256: sha256.parse().unwrap() });
    let packages = packages.iter().map(|name| (*name).to_owned()).collect();
    let added = AddedToBase { packages, sources, ..AddedToBase::default() };
    let settings = FetchSettings { offline: true, ..FetchSettings::default() };
    let fetcher = Fetcher::new(place.store.clone(), settings);
    let platform = platform.parse().unwrap();
    let none = |name: &str| panic!("asked for {name}");
    Ok(compose_with(
        &spec,
        &added,
        fourply_rootfs::Held::Nothing,
        &platform,
        &place.store,
        &fetcher,
        &none,
        &NoProgress,
    )?
    .0)
}

#[test]
#[ignore = "needs the fixtures"]
fn fixture_packages_are_put_on_a_base() {
    let place = Place::new();
    let base = on_minirootfs(&place, &["doas", "chrony"], "x86_64", "linux/amd64").unwrap();
    assert_eq!(base.layers.len(), 2);
    assert!(base.layers[1].size() < 4_000_000, "{}", base.layers[1].size());
    let again = on_minirootfs(&place, &["busybox"], "x86_64", "linux/amd64").unwrap();
    assert_eq!(again.layers.len(), 1);
}

#[test]
#[ignore = "needs the fixtures, and root for chroot"]
fn fixture_packages_that_were_put_on_a_base_are_known_to_real_apk_as_root() {
    let place = Place::new();
    let base = on_minirootfs(&place, &["doas", "chrony"], "x86_64", "linux/amd64").unwrap();
    let root = unpack(&place, &base, "root");
    let root = root.to_str().unwrap();
    let apk = |args: &[&str]| run("chroot", &[&[root, "/sbin/apk", "--no-network"], args].concat());
    let listed = apk(&["info", "-v"]);
    assert!(
        listed.contains("doas-6.8.2-r6")
            && listed.contains("libseccomp-")
            && listed.contains("apk-tools-2.14.4"),
        "{listed}"
    );
    assert_eq!(
        apk(&["info", "--who-owns", "/usr/bin/doas"]).trim(),
        "/usr/bin/doas is owned by doas-6.8.2-r6"
    );
    let audited = apk(&["audit", "--system"]);
    assert!(
        audited
            .lines()
            .all(|line| ["etc/passwd", "etc/group", "etc/shadow"].iter().any(|path| line.ends_with(path))),
        "{audited}"
    );
    assert!(std::fs::read_to_string(format!("{root}/etc/apk/world")).unwrap().contains("chrony\ndoas\n"));
    assert!(std::fs::read_to_string(format!("{root}/etc/group")).unwrap().contains("\nchrony:x:"));
    // apk itself can continue from there.
    let removed = apk(&["del", "doas"]);
    assert!(removed.contains("Purging doas") && !Path::new(root).join("usr/bin/doas").exists(), "{removed}");
}

#[test]
#[ignore = "needs the fixtures"]
fn fixture_what_would_change_the_base_is_refused_where_nothing_may_be_replaced() {
    let place = Place::new();
    let packages = ["musl-utils=1.2.4_git20230717-r4"];
    let sources = ApkSources { upgrade: false, ..iso_repo() };
    let error = refused(on_minirootfs_from(&place, &packages, sources, "x86_64", "linux/amd64"));
    assert!(error.contains("musl-utils from 1.2.5-r0 to 1.2.4_git20230717-r4"), "{error}");
    let error = refused(on_minirootfs(&place, &["doas"], "aarch64", "linux/arm64"));
    assert!(error.contains("APKINDEX.tar.gz"), "{error}");
}

#[test]
#[ignore = "needs the fixtures and openssl"]
fn fixture_accounts_folders_and_certificates_come_on_top() {
    let place = Place::new();
    let (key, pem) = (place.text("key.pem"), place.text("cert.pem"));
    run(
        "openssl",
        &["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=own", "-keyout", &key, "-out", &pem],
    );
    let setup = Setup {
        groups: vec!["data:2000".parse().unwrap()],
        users: vec!["job:1002:data:2000".parse().unwrap()],
        folders: vec![FolderSpec { path: "/var/data".into(), owner: Some("job:data".into()), mode: 0o2750 }],
        certificates: vec![("cert.pem".into(), std::fs::read_to_string(&pem).unwrap())],
        image_users: Vec::new(),
        history: "accounts".into(),
    };
    let base = place
        .compose_with(&spec(&[]), &AddedToBase { setup, ..AddedToBase::default() }, "linux/amd64")
        .unwrap();
    assert_eq!(base.layers.len(), 2);
    let found = manifest(&place, &base);
    assert_eq!(found["var/data"], "d\t2750\t1002\t2000\t");
    // The base's own modes stay.
    assert!(
        found["etc/shadow"].starts_with("f\t640\t0\t42\t") && found["var"].starts_with("d\t755"),
        "{found:?}"
    );
    assert!(base.rootfs.passwd.contains("job:x:1002:2000:") && base.rootfs.group.contains("data:x:2000:"));
    let bundle = place.write("bundle.pem", &base.rootfs.databases["etc/ssl/certs/ca-certificates.crt"].0);
    assert_eq!(
        run("openssl", &["verify", "-CAfile", bundle.to_str().unwrap(), &pem]).trim(),
        format!("{pem}: OK")
    );
    let env = base.config.config().as_ref().unwrap().env().clone().unwrap();
    assert!(
        env.iter()
            .any(|variable| variable == "NODE_EXTRA_CA_CERTS=/usr/local/share/ca-certificates/added.crt"),
        "{env:?}"
    );
}
