//! Packages on a base: sources of the base's own apt, signed by its keys; and notices about scripts.

use fourply_rootfs::packages::UnrunScripts;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use fourply_base::{AddedToBase, Base, BaseError, BaseSpec, Location, Notice, RootfsSpec};
use fourply_deb::DebianOptions;
use fourply_deb::DebianSpec;

use super::support::http::Server;
use super::support::run;
use super::{Archive, NOW, of_packages};

/// An archive and a base whose apt has only this source.
fn with_sources() -> (Archive, Server) {
    let archive = Archive::new();
    let key = std::fs::read_to_string(archive.place.path("good.asc")).unwrap();
    let server = Server::new(archive.place.path("archive"), Box::new(|_| None));
    let source = format!(
        "Types: deb\nURIs: http://127.0.0.1:{}\nSuites: tiny\nComponents: main\nSigned-By: /usr/share/keyrings/own.asc\n",
        server.port
    );
    let files = [
        ("usr/lib/os-release", "ID=test\nVERSION=\"1 (tiny)\"\n"),
        ("usr/share/keyrings/own.asc", key.as_str()),
        ("etc/apt/sources.list.d/own.sources", source.as_str()),
    ];
    archive.package("base-files", "1", "", &files);
    archive.package("more", "2", "Depends: tini\n", &[("usr/bin/more", "more")]);
    archive.package("scripted", "1", "", &[("DEBIAN/postinst", "#!/bin/sh\nldconfig\n")]);
    archive.publish();
    (archive, server)
}

fn add(archive: &Archive, packages: &[&str], debian: &DebianOptions) -> Result<Base, BaseError> {
    let packages = packages.iter().map(|name| (*name).to_owned()).collect();
    let added = AddedToBase { packages, debian: debian.clone(), ..AddedToBase::default() };
    archive.place.compose_from(&of_packages(archive.spec()), &added, "linux/amd64", false)
}

#[test]
#[ignore = "needs gnupg"]
fn packages_come_from_the_sources_of_the_base_by_the_keys_in_it() {
    let (archive, server) = with_sources();
    // This host has neither sources nor keys.
    let nothing =
        DebianOptions { apt: archive.place.path("none"), now: Some(NOW), ..DebianOptions::default() };
    let base = add(&archive, &["more"], &nothing).unwrap();
    assert!(base.rootfs.lookup("/usr/bin/more").is_some());
    assert_eq!(base.notices, []);
    assert_eq!(server.asked().first().map(String::as_str), Some("dists/tiny/InRelease"));
    // An unchanged release leads to an index that the store has.
    let again = DebianOptions { refresh: true, ..nothing.clone() };
    assert_eq!(add(&archive, &["more"], &again).unwrap().layers, base.layers);
    assert_eq!(server.asked(), ["304 dists/tiny/InRelease"]);

    // A configured key has priority over the base's.
    super::key(&archive.place, "other", "20260101T000000", "ed25519", "never");
    let keys = vec![archive.place.path("other.asc")];
    let error = add(&archive, &["more"], &DebianOptions { keys, refresh: true, ..nothing.clone() });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("is not in the keyring"), "{error}");
    std::fs::create_dir(archive.place.path("empty")).unwrap();
    let keys = vec![archive.place.path("empty")];
    let error = add(&archive, &["more"], &DebianOptions { keys, refresh: true, ..nothing.clone() });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("empty: there is no *.gpg or *.asc in this folder"), "{error}");
    let line = format!(
        "deb [signed-by=good.gpg check-valid-until=no] file://{} tiny main",
        archive.place.text("archive")
    );
    let root = archive.place.dir.path().to_path_buf();
    let named = DebianOptions { repositories: vec![line], root, ..nothing.clone() };
    assert_eq!(add(&archive, &["more"], &named).unwrap().layers, base.layers);
    let absent = DebianOptions { repositories: vec!["deb file:///none tiny main".into()], ..nothing };
    let error = add(&archive, &["more"], &absent).unwrap_err().to_string();
    assert!(error.contains("/none/dists/tiny/InRelease"), "{error}");
}

#[test]
#[ignore = "needs gnupg"]
fn this_machines_sources_are_a_last_resort_that_is_told() {
    let archive = Archive::new();
    archive.package("base-files", "1", "", &[("usr/lib/os-release", "VERSION_CODENAME=tiny\n")]);
    archive.package("more", "2", "", &[("usr/bin/more", "more")]);
    archive.publish();
    let base = add(&archive, &["more"], &archive.options).unwrap();
    let [notice] = base.notices.as_slice() else { panic!("{:?}", base.notices) };
    assert!(notice.to_string().contains("names no archive for tiny"), "{notice}");
    // The result is stored, and nothing is requested again.
    assert_eq!(add(&archive, &["more"], &archive.options).unwrap().notices, []);
}

#[test]
#[ignore = "needs gnupg"]
fn scripts_that_are_left_out_are_told_unless_they_are_accepted_or_refused() {
    let (archive, _server) = with_sources();
    let with = |of_base: &[&str], on_top: &[&str], accept: Option<&[&str]>| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let spec = of_packages(DebianSpec { packages: owned(of_base), ..archive.spec() });
        let (debian, accept_scripts) = (archive.options.clone(), accept.map(owned));
        let added = AddedToBase { packages: owned(on_top), debian, accept_scripts, ..AddedToBase::default() };
        archive.place.compose_from(&spec, &added, "linux/amd64", false)
    };
    let unrun = UnrunScripts { package: "scripted".to_owned(), scripts: vec!["postinst".to_owned()] };
    let told = vec![Notice::Scripts { packages: vec![unrun.clone()] }];
    for (of_base, on_top) in [(&["scripted"][..], &[][..]), (&[], &["scripted"])] {
        // The first time the layer is built, the second time it is known.
        for _ in 0..2 {
            assert_eq!(with(of_base, on_top, None).unwrap().notices, told);
        }
        let accepted = with(of_base, on_top, Some(&["scripted", "other"])).unwrap();
        assert_eq!(accepted.notices, []);
        let plain = with(of_base, on_top, None).unwrap();
        assert_eq!(accepted.raw_config, plain.raw_config, "what is accepted changes no byte");
        let error = with(of_base, on_top, Some(&["other"])).unwrap_err();
        assert_eq!(error.to_string(), "these packages have scripts that are not run: scripted (postinst)");
        assert!(matches!(error, BaseError::Scripts { packages, .. } if packages == [unrun.clone()]));
    }
    assert_eq!(with(&["more"], &[], Some(&[])).unwrap().notices, []);
}

/// The content of a folder, without dpkg's own files.
fn listing(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if name.starts_with("var/lib/dpkg") || name.starts_with("var/log") {
                continue;
            }
            let meta = std::fs::symlink_metadata(&path).unwrap();
            let what = if meta.is_dir() {
                todo.push(path.clone());
                "folder".to_owned()
            } else if meta.is_symlink() {
                std::fs::read_link(&path).unwrap().display().to_string()
            } else {
                std::fs::read_to_string(&path).unwrap_or_default()
            };
            found.insert(name, format!("{:o} {what}", meta.permissions().mode() & 0o7777));
        }
    }
    found
}

/// The parts of dpkg's database that depend on packages.
fn status(root: &str) -> String {
    let form = "${Package} ${Version} ${db:Status-Status}\n${Conffiles}\n";
    run("dpkg-query", &["--root", root, "-W", "-f", form])
}

/// A newer version of a base package, files outside packages, and configuration that was changed, deleted or left
/// behind: as with dpkg.
#[test]
#[ignore = "needs gnupg, dpkg, and root"]
fn what_is_replaced_is_as_dpkg_leaves_it_as_root() {
    let archive = Archive::new();
    archive.package("base-files", "1", "", &[("usr/lib/os-release", "VERSION_CODENAME=tiny\n")]);
    let names = ["same", "changed", "both", "old", "deleted"];
    let conffiles: String = names.iter().map(|name| format!("/etc/conf/{name}\n")).collect();
    let files = |version: &'static str| {
        let mut files: Vec<(String, String)> = names
            .iter()
            .filter(|name| version == "1" || **name != "old")
            .map(|name| {
                let text =
                    if *name == "changed" { "default".to_owned() } else { format!("default {version}") };
                (format!("etc/conf/{name}"), text)
            })
            .collect();
        files.push((format!("usr/lib/conf/only-{version}/x"), version.to_owned()));
        files.push(("usr/bin/conf".to_owned(), version.to_owned()));
        files
    };
    let package = |version: &'static str, fields: &str| {
        let conffiles =
            if version == "1" { conffiles.clone() } else { conffiles.replace("/etc/conf/old\n", "") };
        let mut all = files(version);
        all.push(("DEBIAN/conffiles".to_owned(), conffiles));
        let all: Vec<(&str, &str)> = all.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        archive.package("conf", version, fields, &all);
    };
    package("1", "");
    archive.package("tied", "1", "Depends: conf (<< 2)\n", &[("usr/bin/tied", "1")]);
    archive.publish();
    let spec = of_packages(DebianSpec { packages: vec!["conf".into(), "tied".into()], ..archive.spec() });
    let base = archive.place.compose(&spec, "linux/amd64").unwrap();
    let root = archive.place.path("root");
    unpack(&archive, &base, &root);
    std::fs::write(root.join("etc/conf/changed"), "mine").unwrap();
    std::fs::write(root.join("etc/conf/both"), "mine").unwrap();
    std::fs::remove_file(root.join("etc/conf/deleted")).unwrap();
    std::fs::write(root.join("usr/bin/newer"), "nobody's").unwrap();
    std::fs::create_dir_all(root.join("etc/newer")).unwrap();
    std::fs::write(root.join("etc/newer/own"), "mine").unwrap();
    let tar = archive.place.text("root.tar");
    run("tar", &["-C", root.to_str().unwrap(), "--numeric-owner", "-cf", &tar, "."]);

    package("2", "");
    archive.package("tied", "2", "Depends: conf (>= 2)\n", &[("usr/bin/tied", "2")]);
    archive.package(
        "newer",
        "1",
        "Depends: conf (>= 2)\n",
        &[
            ("usr/bin/newer", "newer"),
            ("etc/newer/own", "default"),
            ("etc/newer/free", "default"),
            ("DEBIAN/conffiles", "/etc/newer/own\n/etc/newer/free\n"),
        ],
    );
    archive.publish();
    let sha256 = fourply_blob::Digest::of(&std::fs::read(&tar).unwrap());
    let rootfs = BaseSpec::Rootfs(RootfsSpec { location: Location::File(tar.clone().into()), sha256 });
    let debian = DebianOptions { refresh: true, ..archive.options.clone() };
    let added = AddedToBase { packages: vec!["newer".into()], debian, ..AddedToBase::default() };
    let on_top = archive.place.compose_from(&rootfs, &added, "linux/amd64", false).unwrap();
    let ours = archive.place.path("ours");
    unpack(&archive, &on_top, &ours);

    let by_dpkg = archive.place.path("by-dpkg");
    std::fs::create_dir(&by_dpkg).unwrap();
    run("tar", &["-C", by_dpkg.to_str().unwrap(), "--numeric-owner", "-xpf", &tar]);
    let debs = ["conf_2", "tied_2", "newer_1"]
        .map(|name| archive.place.text(&format!("archive/pool/{name}_all.deb")));
    let fixed =
        ["--root", by_dpkg.to_str().unwrap(), "--force-confdef", "--force-confold", "--force-depends", "-i"];
    run("dpkg", &[&fixed[..], &debs.each_ref().map(String::as_str)].concat());
    assert_eq!(listing(&ours), listing(&by_dpkg));
    let (ours, by_dpkg) = (ours.to_str().unwrap(), by_dpkg.to_str().unwrap());
    assert_eq!(status(ours), status(by_dpkg));
    assert_eq!(run("dpkg", &["--root", ours, "--audit"]), "");
    let verified = Command::new("dpkg").args(["--root", ours, "-V"]).output().unwrap();
    let changed = String::from_utf8(verified.stdout).unwrap();
    assert!(changed.lines().all(|line| line.contains(" c /etc/")), "{changed}");
    let root = format!("Dir={ours}");
    let state = format!("Dir::State::status={ours}/var/lib/dpkg/status");
    for folder in ["var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "etc/apt"] {
        std::fs::create_dir_all(Path::new(ours).join(folder)).unwrap();
    }
    run("apt-get", &["-o", &root, "-o", &state, "check"]);
}

/// Unpacks all layers, with their whiteouts.
fn unpack(archive: &Archive, base: &Base, root: &Path) {
    std::fs::create_dir_all(root).unwrap();
    for layer in &base.layers {
        let blob = archive.place.store.blob_path(&layer.digest).unwrap();
        let plain = archive.place.text("layer.tar");
        let packed = std::fs::read(&blob).unwrap();
        let gzipped = packed.starts_with(&[0x1f, 0x8b]);
        let how = if gzipped { "gzip -dc \"$0\" > \"$1\"" } else { "cp \"$0\" \"$1\"" };
        run("sh", &["-c", how, blob.to_str().unwrap(), &plain]);
        for name in run("tar", &["-tf", &plain]).lines() {
            let (folder, name) = name.rsplit_once('/').unwrap_or(("", name));
            if let Some(hidden) = name.strip_prefix(".wh.") {
                run("rm", &["-r", root.join(folder).join(hidden).to_str().unwrap()]);
            }
        }
        run("tar", &["-xpf", &plain, "-C", root.to_str().unwrap(), "--numeric-owner", "--exclude=.wh.*"]);
    }
}
