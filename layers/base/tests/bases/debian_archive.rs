//! Archives made by the tests, signed by gpg and served from a folder: trusted and rejected ones with their messages,
//! and the effects of a refresh.

mod on_base;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, Place, run};
use fourply_base::{Base, BaseError, BaseSpec, DebianBase};
use fourply_blob::{Category, Digest};
use fourply_deb::DebianSpec;
use fourply_deb::{DebianError, DebianOptions};

/// 2026-01-15T00:00:00Z, the time of verification.
const NOW: i64 = 1_768_435_200;
const SMALLEST: [&str; 6] = ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "tini"];

/// A folder with an archive, an apt folder that points to it, and a store.
struct Archive {
    place: Place,
    options: DebianOptions,
}

/// A gpg home with one key, created at `time` (in gpg's form), with more arguments of `--quick-gen-key`.
fn key(place: &Place, name: &str, time: &str, algorithm: &str, expires: &str) -> String {
    let home = place.text(name);
    run("mkdir", &["-m", "700", &home]);
    let user = format!("{name} <{name}@archive.example>");
    gpg(&home, time, &["--passphrase", "", "--quick-gen-key", &user, algorithm, "sign", expires]);
    export(place, name);
    home
}

fn gpg(home: &str, time: &str, args: &[&str]) {
    let mut all = vec![
        "--batch",
        "--quiet",
        "--homedir",
        home,
        "--faked-system-time",
        time,
        "--pinentry-mode",
        "loopback",
        "--yes",
    ];
    all.extend(args);
    run("gpg", &all);
}

/// Writes the public keys of a home to `NAME.gpg` and `NAME.asc`.
fn export(place: &Place, name: &str) {
    let home = place.text(name);
    for (ending, armour) in [("gpg", "--no-armor"), ("asc", "--armor")] {
        let file = place.text(&format!("{name}.{ending}"));
        run("gpg", &["--batch", "--homedir", &home, "--yes", armour, "--output", &file, "--export"]);
    }
}

/// A base of these packages, without Node.js.
fn of_packages(packages: DebianSpec) -> BaseSpec {
    BaseSpec::Debian(DebianBase { packages, node: None })
}

impl Archive {
    /// An archive with the smallest set of packages, signed by the key `good`.
    fn new() -> Self {
        let place = Place::new();
        key(&place, "good", "20260101T000000", "ed25519", "never");
        let archive = Self {
            options: DebianOptions { apt: place.path("apt"), now: Some(NOW), ..DebianOptions::default() },
            place,
        };
        archive.trust("good.gpg", "");
        for name in SMALLEST {
            archive.package(name, "1", "", &[(&format!("usr/share/doc/{name}/copyright"), "free")]);
        }
        archive.package(
            "base-files",
            "1",
            "",
            &[("usr/lib/os-release", "ID=test\n"), ("etc/issue", "a test\n")],
        );
        archive.publish();
        archive
    }

    /// Sets the keyring of the source, with more fields.
    fn trust(&self, keyring: &str, more: &str) {
        let (root, keyring) = (self.place.text("archive"), self.place.text(keyring));
        let text = format!(
            "Types: deb\nURIs: file://{root}\nSuites: tiny\nComponents: main\nSigned-By: {keyring}\n{more}"
        );
        self.place.write("apt/sources.list.d/tiny.sources", text);
    }

    /// Builds a package with dpkg-deb into the pool.
    fn package(&self, name: &str, version: &str, fields: &str, files: &[(&str, &str)]) {
        let folder = self.place.path("build");
        let _ = std::fs::remove_dir_all(&folder);
        for (path, text) in files {
            let path = self.place.write(&format!("build/{path}"), text);
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let control = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: T <t@archive.example>\nDescription: a test\n{fields}"
        );
        self.place.write("build/DEBIAN/control", control);
        std::fs::create_dir_all(self.place.path("archive/pool")).unwrap();
        let deb = self.place.text(&format!("archive/pool/{name}_{version}_all.deb"));
        run("dpkg-deb", &["--root-owner-group", "-Zxz", "--build", &self.place.text("build"), &deb]);
    }

    /// Lists and signs the packages of the pool.
    fn publish(&self) {
        self.index();
        self.sign("good", "Suite: tiny\nCodename: tiny\n", &[]);
    }

    /// Writes Packages.xz.
    fn index(&self) {
        let mut debs: Vec<PathBuf> = std::fs::read_dir(self.place.path("archive/pool"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        debs.sort();
        let mut packages = String::new();
        for deb in debs {
            let control = run("dpkg-deb", &["--field", deb.to_str().unwrap()]);
            let bytes = std::fs::read(&deb).unwrap();
            let file = deb.file_name().unwrap().to_str().unwrap();
            let (size, sum) = (bytes.len(), Digest::of(&bytes).hex());
            packages += &format!("{control}Filename: pool/{file}\nSize: {size}\nSHA256: {sum}\n\n");
        }
        let path = self.place.write("archive/dists/tiny/main/binary-amd64/Packages", packages);
        run("xz", &["--force", "--keep", path.to_str().unwrap()]);
    }

    /// Writes a Release with these fields and signs it.
    fn sign(&self, home: &str, fields: &str, args: &[&str]) {
        let suite = self.place.path("archive/dists/tiny");
        let mut release = format!("Origin: T\n{fields}");
        if !fields.contains("Date:") {
            release += "Date: Sat, 10 Jan 2026 00:00:00 UTC\n";
        }
        release += "Architectures: all amd64\nComponents: main\nSHA256:\n";
        for file in ["main/binary-amd64/Packages", "main/binary-amd64/Packages.xz"] {
            let bytes = std::fs::read(suite.join(file)).unwrap();
            release += &format!(" {} {:>8} {file}\n", Digest::of(&bytes).hex(), bytes.len());
        }
        std::fs::write(suite.join("Release"), release).unwrap();
        let (release, out) = (suite.join("Release"), suite.join("InRelease"));
        let mut all = args.to_vec();
        all.extend(["--output", out.to_str().unwrap(), "--clearsign", release.to_str().unwrap()]);
        gpg(&self.place.text(home), "20260110T000000", &all);
    }

    fn spec(&self) -> DebianSpec {
        DebianSpec { options: self.options.clone(), ..DebianSpec::default() }
    }

    fn compose(&self, spec: DebianSpec) -> Result<Base, BaseError> {
        self.place.compose(&of_packages(spec), "linux/amd64")
    }

    /// The error, which must be of this crate; nothing of it remains in the store.
    fn refused(&self) -> DebianError {
        let error = self.compose(self.spec()).unwrap_err();
        assert_eq!(self.place.leftovers(), Vec::<PathBuf>::new());
        match error {
            BaseError::Debian(error) => error,
            other => panic!("{other:?}"),
        }
    }

    fn change(&self, path: &str, change: impl Fn(String) -> String) {
        let path = self.place.path(path);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = change(text.clone());
        assert_ne!(text, changed);
        std::fs::write(path, changed).unwrap();
    }

    fn signature_refused(&self, reason: &str) {
        let error = self.refused();
        assert!(matches!(error, DebianError::Signature { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.to_string().contains("dists/tiny/InRelease is not to be trusted"), "{error}");
        assert_eq!(error.category(), Category::Outside);
    }
}

const IN_RELEASE: &str = "archive/dists/tiny/InRelease";

#[test]
#[ignore = "needs gnupg"]
fn takes_an_archive_that_is_signed_by_a_key_that_apt_trusts() {
    let archive = Archive::new();
    let base = archive.compose(archive.spec()).unwrap();
    assert_eq!(base.rootfs.os_release["ID"], "test");
    assert!(base.rootfs.lookup("/usr/share/doc/tini/copyright").is_some());
    let history = &base.config.history().as_ref().unwrap()[0];
    let packages = "debian tiny: base-files=1 ca-certificates=1 libc6=1 libgcc-s1=1 libstdc++6=1 tini=1";
    assert_eq!(history.created_by().as_deref(), Some(packages));
    // The same without apt's sources: a mirror, a suite and a keyring, this time an armoured one.
    let other = Place::new();
    let spec = DebianSpec {
        suite: Some("tiny".into()),
        mirror: Some(format!("file://{}", archive.place.text("archive")).parse().unwrap()),
        keyring: Some(archive.place.path("good.asc")),
        options: DebianOptions { apt: other.path("none"), now: Some(NOW), ..DebianOptions::default() },
        ..DebianSpec::default()
    };
    assert_eq!(other.compose(&of_packages(spec), "linux/amd64").unwrap().layers, base.layers);
}

#[test]
#[ignore = "needs gnupg"]
fn trusts_a_signing_subkey_and_keys_that_stand_in_the_source_or_with_apt() {
    let archive = Archive::new();
    let home = archive.place.text("sub");
    run("mkdir", &["-m", "700", &home]);
    gpg(
        &home,
        "20260101T000000",
        &["--passphrase", "", "--quick-gen-key", "sub", "rsa2048", "cert", "never"],
    );
    let listed = run("gpg", &["--homedir", &home, "--list-keys", "--with-colons"]);
    let print =
        listed.lines().find(|line| line.starts_with("fpr:")).unwrap().split(':').nth(9).unwrap().to_owned();
    gpg(
        &home,
        "20260101T000000",
        &["--passphrase", "", "--quick-add-key", &print, "rsa2048", "sign", "never"],
    );
    export(&archive.place, "sub");
    archive.sign("sub", "Suite: tiny\n", &[]);
    archive.signature_refused("is not in the keyring");

    let armoured = std::fs::read_to_string(archive.place.path("sub.asc")).unwrap();
    let inline: String =
        armoured.lines().map(|line| format!(" {}\n", if line.is_empty() { "." } else { line })).collect();
    let source = "apt/sources.list.d/tiny.sources";
    archive
        .change(source, |text| text[..text.find("Signed-By").unwrap()].to_owned() + "Signed-By:\n" + &inline);
    archive.compose(archive.spec()).unwrap();

    let refresh =
        DebianSpec { options: DebianOptions { refresh: true, ..archive.options.clone() }, ..archive.spec() };
    archive.change(source, |text| text[..text.find("Signed-By").unwrap()].to_owned());
    let error = archive.compose(refresh.clone()).unwrap_err();
    assert!(error.to_string().contains("no OpenPGP key"), "{error}");
    for (from, to) in [("good.gpg", "apt/trusted.gpg.d/a.gpg"), ("sub.asc", "apt/trusted.gpg.d/b.asc")] {
        archive.place.write(to, std::fs::read(archive.place.path(from)).unwrap());
    }
    archive.compose(refresh.clone()).unwrap();
    archive.change(source, |text| text + &format!("Signed-By: {print}\n"));
    archive.compose(refresh.clone()).unwrap();
    archive.change(source, |text| text.replace(&print, &print.replace(['0', '1', '2'], "F")));
    assert!(archive.compose(refresh).unwrap_err().to_string().contains("no OpenPGP key"));
}

#[test]
#[ignore = "needs gnupg"]
fn refuses_a_release_that_was_changed_or_signed_by_another() {
    let archive = Archive::new();
    archive.change(IN_RELEASE, |text| text.replace("Origin: T", "Origin: X"));
    archive.signature_refused("the text was changed");

    archive.publish();
    archive.change(IN_RELEASE, |text| format!("Suite: before\n{text}"));
    archive.signature_refused("it is no clear-signed message");
    archive.publish();
    archive.change(IN_RELEASE, |text| format!("{text}Suite: behind\n"));
    archive.signature_refused("it is no clear-signed message");
    archive.publish();
    archive.change(IN_RELEASE, |text| text[..text.len() / 2].to_owned());
    archive.signature_refused("it is no clear-signed message");
    std::fs::copy(archive.place.path("archive/dists/tiny/Release"), archive.place.path(IN_RELEASE)).unwrap();
    archive.signature_refused("it is no clear-signed message");

    key(&archive.place, "other", "20260101T000000", "ed25519", "never");
    archive.sign("other", "Suite: tiny\n", &[]);
    archive.signature_refused("is not in the keyring");
    let error = archive.refused();
    let DebianError::Signature { keyring, .. } = &error else { panic!("{error}") };
    assert!(keyring.contains("good.gpg"), "{keyring}");

    archive.sign("good", "Suite: stable\nCodename: large\n", &[]);
    let error = archive.refused().to_string();
    assert!(error.ends_with("it is the release of stable, large, not of tiny"), "{error}");
}

#[test]
#[ignore = "needs gnupg"]
fn refuses_keys_and_signatures_that_do_not_count_any_more() {
    let archive = Archive::new();
    archive.sign("good", "Suite: tiny\n", &["--digest-algo", "SHA1"]);
    archive.signature_refused("of a kind that is not trusted");
    archive.sign("good", "Suite: tiny\n", &["--default-sig-expire", "2d"]);
    archive.signature_refused("has expired");

    key(&archive.place, "short", "20260101T000000", "ed25519", "10d");
    archive.sign("short", "Suite: tiny\n", &[]);
    archive.trust("short.gpg", "");
    archive.signature_refused("has expired");
    let allowed = DebianOptions { allow_expired: true, ..archive.options.clone() };
    archive.compose(DebianSpec { options: allowed, ..archive.spec() }).unwrap();
}

#[test]
#[ignore = "needs gnupg"]
fn refuses_a_key_that_was_revoked() {
    let archive = Archive::new();
    let home = archive.place.path("good");
    let folder = home.join("openpgp-revocs.d");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap().replace(":-----BEGIN", "-----BEGIN");
    std::fs::write(&file, text).unwrap();
    gpg(home.to_str().unwrap(), "20260102T000000", &["--import", file.to_str().unwrap()]);
    export(&archive.place, "good");
    archive.signature_refused("is revoked");
}

#[test]
#[ignore = "needs gnupg"]
fn refuses_what_has_expired_unless_that_is_allowed() {
    let archive = Archive::new();
    let until = "Suite: tiny\nValid-Until: Wed, 14 Jan 2026 00:00:00 UTC\n";
    archive.sign("good", until, &[]);
    let error = archive.refused();
    assert!(matches!(error, DebianError::Expired { .. }), "{error:?}");
    assert!(error.to_string().ends_with("it was valid until Wed, 14 Jan 2026 00:00:00 UTC"), "{error}");
    let allowed = DebianOptions { allow_expired: true, ..archive.options.clone() };
    archive.compose(DebianSpec { options: allowed, ..archive.spec() }).unwrap();

    let second = Archive::new();
    second.sign("good", until, &[]);
    second.trust("good.gpg", "Check-Valid-Until: no\n");
    second.compose(second.spec()).unwrap();
    second.sign("good", "Suite: tiny\nValid-Until: some day\n", &[]);
    second.trust("good.gpg", "");
    let refresh = DebianOptions { refresh: true, ..second.options.clone() };
    let error = second.compose(DebianSpec { options: refresh, ..second.spec() }).unwrap_err();
    assert!(error.to_string().contains("Valid-Until: \"some day\" is no date"), "{error}");
}

#[test]
#[ignore = "needs gnupg"]
fn refuses_indexes_and_packages_that_are_not_what_was_signed() {
    let archive = Archive::new();
    let index = archive.place.path("archive/dists/tiny/main/binary-amd64/Packages.xz");
    let whole = std::fs::read(&index).unwrap();
    let mismatch = |archive: &Archive, file: &str| {
        let error = archive.refused();
        assert!(error.to_string().contains("is not what was promised"), "{error}");
        assert!(error.to_string().contains(file), "{error}");
        let store = matches!(error, DebianError::Store(fourply_store::StoreError::Mismatch { .. }));
        assert!(store, "{error:?}");
    };
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    std::fs::write(&index, flipped).unwrap();
    mismatch(&archive, "Packages.xz");
    std::fs::write(&index, &whole[..whole.len() - 4]).unwrap();
    mismatch(&archive, "Packages.xz");
    std::fs::write(&index, [whole.as_slice(), b"more"].concat()).unwrap();
    assert!(archive.refused().to_string().contains("has more than"));
    std::fs::write(&index, &whole).unwrap();

    let deb = archive.place.path("archive/pool/tini_1_all.deb");
    let whole = std::fs::read(&deb).unwrap();
    std::fs::write(&deb, &whole[..whole.len() - 1]).unwrap();
    mismatch(&archive, "pool/tini_1_all.deb");
    let mut flipped = whole;
    *flipped.last_mut().unwrap() ^= 1;
    std::fs::write(&deb, flipped).unwrap();
    mismatch(&archive, "pool/tini_1_all.deb");
    std::fs::remove_file(&deb).unwrap();
    assert!(archive.refused().to_string().contains("tini_1_all.deb"));
}

#[test]
#[ignore = "needs gnupg"]
fn says_what_is_missing() {
    let archive = Archive::new();
    std::fs::remove_file(archive.place.path("archive/pool/libc6_1_all.deb")).unwrap();
    archive.publish();
    let error = archive.refused().to_string();
    assert_eq!(error, "the packages cannot be put together: there is no libc6");
    let platform = archive.place.compose(&of_packages(archive.spec()), "linux/arm64").unwrap_err();
    assert!(
        platform.to_string().ends_with("InRelease has no packages for arm64, but for amd64"),
        "{platform}"
    );
    std::fs::remove_file(archive.place.path(IN_RELEASE)).unwrap();
    assert!(archive.refused().to_string().contains("InRelease"));
    std::fs::remove_file(archive.place.path("good.gpg")).unwrap();
    let error = archive.refused();
    assert!(error.to_string().contains("good.gpg"), "{error}");
    assert!(matches!(error, DebianError::Keyring { .. }), "{error:?}");
    assert_eq!(error.category(), Category::User);
}

#[test]
#[ignore = "needs gnupg"]
fn two_packages_with_one_file_are_an_error() {
    let archive = Archive::new();
    archive.package("more", "1", "", &[("etc/issue", "another\n")]);
    archive.publish();
    let spec = DebianSpec { packages: vec!["more".into()], ..archive.spec() };
    let error = archive.compose(spec).unwrap_err();
    assert_eq!(error.to_string(), "\"etc/issue\" is in base-files_1_all.deb and in more_1_all.deb");
    assert_eq!(archive.place.leftovers(), Vec::<PathBuf>::new());
}

#[test]
#[ignore = "needs gnupg"]
fn stays_with_what_it_found_until_it_is_refreshed() {
    let archive = Archive::new();
    let first = archive.compose(archive.spec()).unwrap();
    archive.package("tini", "2", "Depends: extra\n", &[("usr/bin/tini", "2")]);
    archive.package("extra", "1", "", &[("etc/extra.conf", "x")]);
    archive.publish();
    assert_eq!(archive.compose(archive.spec()).unwrap().layers, first.layers);
    let refresh = DebianOptions { refresh: true, ..archive.options.clone() };
    let second = archive.compose(DebianSpec { options: refresh, ..archive.spec() }).unwrap();
    assert_ne!(second.layers, first.layers);
    assert!(second.rootfs.lookup("/etc/extra.conf").is_some());
    assert_eq!(archive.compose(archive.spec()).unwrap().layers, second.layers, "what was found is kept");

    // A resolution without a layer needs the packages, but no index.
    std::fs::remove_file(archive.place.store.blob_path(&second.layers[0].digest).unwrap()).unwrap();
    std::fs::remove_dir_all(archive.place.path("archive/dists")).unwrap();
    assert_eq!(archive.compose(archive.spec()).unwrap().layers, second.layers);
}

#[test]
#[ignore = "needs gnupg"]
fn keeps_owners_setuid_bits_and_hard_links_as_the_packages_have_them() {
    let archive = Archive::new();
    let build = archive.place.path("build");
    let _ = std::fs::remove_dir_all(&build);
    archive.place.write("build/usr/bin/su", "su");
    run("ln", &[build.join("usr/bin/su").to_str().unwrap(), build.join("usr/bin/also").to_str().unwrap()]);
    run("chmod", &["4755", build.join("usr/bin/su").to_str().unwrap()]);
    archive.place.write("build/var/mail/box", "");
    run("chmod", &["2775", build.join("var/mail").to_str().unwrap()]);
    archive.place.write("build/etc/own.conf", "setting\n");
    archive.place.write("build/DEBIAN/conffiles", "/etc/own.conf\n");
    archive.place.write("build/DEBIAN/postinst", "#!/bin/sh\nunknown-program\n");
    run("chmod", &["755", build.join("DEBIAN/postinst").to_str().unwrap()]);
    let control =
        "Package: su\nVersion: 1\nArchitecture: all\nMaintainer: T <t@archive.example>\nDescription: x\n y\n";
    archive.place.write("build/DEBIAN/control", control);
    let deb = archive.place.text("archive/pool/su_1_all.deb");
    run("dpkg-deb", &["--root-owner-group", "-Zgzip", "--build", build.to_str().unwrap(), &deb]);
    archive.publish();
    let base = archive.compose(DebianSpec { packages: vec!["su".into()], ..archive.spec() }).unwrap();

    let blob = archive.place.store.blob_path(&base.layers[0].digest).unwrap();
    let listed = run("tar", &["--numeric-owner", "-tvzf", blob.to_str().unwrap()]);
    let line = |end: &str| {
        listed.lines().find(|line| line.ends_with(end)).unwrap_or_else(|| panic!("{end}: {listed}"))
    };
    assert!(line(" usr/bin/also").starts_with("-rwsr-xr-x 0/0"), "the first name in the package is the file");
    assert!(line(" usr/bin/su link to usr/bin/also").starts_with("hrwsr-xr-x 0/0"));
    assert!(line(" var/mail/").starts_with("drwxrwsr-x 0/0"));
    assert!(listed.lines().all(|line| line.contains("1985-10-26")));
    let history = &base.config.history().as_ref().unwrap()[0];
    assert_eq!(history.comment().as_deref(), Some("maintainer scripts were not run: su"));

    let root = archive.place.path("root");
    std::fs::create_dir(&root).unwrap();
    run("tar", &["-xzf", blob.to_str().unwrap(), "-C", root.to_str().unwrap()]);
    let admin = format!("--admindir={}", root.join("var/lib/dpkg").display());
    let conffiles = run("dpkg-query", &[&admin, "-W", "-f", "${Conffiles}", "su"]);
    let sum = run("md5sum", &[root.join("etc/own.conf").to_str().unwrap()]);
    assert_eq!(conffiles.trim(), format!("/etc/own.conf {}", sum.split(' ').next().unwrap()));
    assert_eq!(verify(&root), "");
    std::fs::write(root.join("etc/own.conf"), "changed").unwrap();
    assert!(verify(&root).contains("/etc/own.conf"), "dpkg sees a change by the sums that we wrote");
}

/// The changes that dpkg finds in a system below `root`.
fn verify(root: &Path) -> String {
    let output =
        Command::new("dpkg").args([&format!("--root={}", root.display()), "--verify"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs gpg"]
fn packages_are_put_on_a_base_and_dpkg_lists_them_with_the_rest() {
    let archive = Archive::new();
    archive.package("base-files", "1", "", &[("usr/lib/os-release", "ID=test\nVERSION_CODENAME=tiny\n")]);
    archive.package(
        "more",
        "2",
        "Depends: tini, extra (>= 1)\n",
        &[("usr/bin/more", "more"), ("opt/more/x", "x")],
    );
    archive.package("extra", "1", "", &[("usr/lib/extra", "e")]);
    archive.package("clash", "1", "", &[("usr/lib/os-release", "other")]);
    archive.package("newer", "1", "Depends: tini (>= 2)\n", &[("usr/bin/newer", "n")]);
    archive.publish();
    let add = |packages: &[&str]| {
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        let debian = archive.options.clone();
        let added = fourply_base::AddedToBase { packages, debian, ..fourply_base::AddedToBase::default() };
        archive.place.compose_with(&of_packages(archive.spec()), &added, "linux/amd64")
    };
    let plain = add(&[]).unwrap();
    let base = add(&["more"]).unwrap();
    assert_eq!(base.layers.len(), plain.layers.len() + 1);
    assert_eq!(base.layers[0], plain.layers[0]);
    assert_eq!(add(&["tini"]).unwrap().layers, plain.layers);
    let root = archive.place.path("on-top");
    std::fs::create_dir_all(&root).unwrap();
    for layer in &base.layers {
        let blob = archive.place.store.blob_path(&layer.digest).unwrap();
        run("tar", &["-xzf", blob.to_str().unwrap(), "-C", root.to_str().unwrap()]);
    }
    let admin = root.join("var/lib/dpkg");
    let listed = run(
        "dpkg-query",
        &["--admindir", admin.to_str().unwrap(), "-W", "-f", "${Package} ${Version} ${db:Status-Status}\n"],
    );
    for line in ["base-files 1 installed", "extra 1 installed", "more 2 installed", "tini 1 installed"] {
        assert!(listed.lines().any(|known| known == line), "{line}: {listed}");
    }
    let owner = run("dpkg-query", &["--admindir", admin.to_str().unwrap(), "-S", "/opt/more/x"]);
    assert_eq!(owner.trim(), "more: /opt/more/x");
    assert!(root.join("usr/bin/more").exists() && root.join("usr/lib/extra").exists());
    assert!(add(&["clash"]).unwrap_err().to_string().contains("the base's base-files"));
    assert!(add(&["newer"]).unwrap_err().to_string().contains("newer needs tini (>= 2), the archive has 1"));
    archive.package("tini", "2", "", &[]);
    archive.publish();
    assert!(add(&["newer"]).unwrap().rootfs.lookup("/usr/bin/newer").is_some());
    let options = DebianOptions { upgrade: false, ..archive.options.clone() };
    let packages = vec!["newer".to_owned()];
    let added = fourply_base::AddedToBase { packages, debian: options, ..Default::default() };
    let refused = archive.place.compose_with(&of_packages(archive.spec()), &added, "linux/amd64");
    assert!(refused.unwrap_err().to_string().contains("tini would have to be both 1 and 2"));
    assert!(add(&["absent"]).unwrap_err().to_string().contains("there is no absent"));
}
