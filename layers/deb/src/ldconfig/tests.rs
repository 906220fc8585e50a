use std::collections::BTreeSet;

use fourply_testing::elf::{ARM64, X64, shared_library};
use tar::EntryType;

use super::cache::{CacheEntry, bytes, compare_names, generator};
use super::*;
use crate::plan::plan;
use crate::testing::{DIRECTORY, FILE, SYMLINK, scanned};

/// A package of these control files and these files of any bytes.
fn package(name: &str, triggers: &str, data: &[(&str, EntryType, &[u8])]) -> Scanned {
    let mut files = Vec::new();
    for (path, kind, content) in data {
        let target = if *kind == SYMLINK { std::str::from_utf8(content).unwrap() } else { "" };
        let content = if *kind == FILE { *content } else { &[] };
        fourply_testing::hostile::put(&mut files, path, kind.as_byte(), 0o755, content, target);
    }
    files.resize(files.len() + 1024, 0);
    let control = format!("Package: {name}\nVersion: 1\nArchitecture: all\n");
    let control = crate::testing::tarball(&[("./control", FILE, &control), ("./triggers", FILE, triggers)]);
    let members: [(&str, &[u8]); 3] =
        [("debian-binary", b"2.0\n"), ("control.tar", &control), ("data.tar", &files)];
    let mut package = scanned(name, &crate::testing::ar(&members)).unwrap();
    package.pin.version = "2.36-9".to_owned();
    package
}

#[test]
fn libraries_are_found_where_the_configuration_says() {
    let (mine, other) = (shared_library(X64, &[], None), shared_library(ARM64, &[], None));
    let data: [(&str, EntryType, &[u8]); 9] = [
        ("./etc/ld.so.conf", FILE, b"include /etc/ld.so.conf.d/*.conf\n"),
        ("./etc/ld.so.conf.d/a.conf", FILE, b"# folders\n  /opt/x/ # mine\n/opt/none\n"),
        ("./etc/ld.so.conf.d/b.txt", FILE, b"/opt/y\n"),
        ("./opt/x", DIRECTORY, b""),
        ("./opt/x/libx.so.1", FILE, &mine),
        ("./opt/x/libarm.so.1", FILE, &other),
        ("./opt/x/libtext.so", FILE, b"GROUP ( libx.so.1 )"),
        ("./opt/x/libgone.so.1", SYMLINK, b"nowhere"),
        ("./opt/y/liby.so.1", FILE, &mine),
    ];
    let packages = [package("libc-bin", "interest-await ldconfig\n", &data)];
    let plan = plan(&packages, "amd64").unwrap();
    let made = |architecture| {
        let ldconfig = Ldconfig::of(&plan, &packages, architecture)?;
        Some(ldconfig.made(&plan, &plan.tree, &packages))
    };
    let amd64 = made("amd64").unwrap();
    let has = |cache: &[u8], path: &str| cache.windows(path.len()).any(|window| window == path.as_bytes());
    assert!(has(&amd64.cache, "/opt/x/libx.so.1") && !has(&amd64.cache, "libarm"));
    assert!(!["libtext", "libgone", "liby"].iter().any(|name| has(&amd64.cache, name)));
    let arm64 = made("arm64").unwrap();
    assert!(has(&arm64.cache, "/opt/x/libarm.so.1") && !has(&arm64.cache, "libx"));
    assert_eq!(made("s390x"), None);
}

#[test]
fn only_its_trigger_runs_ldconfig() {
    let trigger = package("libx", "activate-noawait ldconfig\n", &[]);
    let none = package("liby", "activate-noawait other\n", &[]);
    assert!(trigger.activates("ldconfig") && !none.activates("ldconfig"));
    let packages = [trigger];
    let plan = plan(&packages, "amd64").unwrap();
    assert!(Ldconfig::of(&plan, &packages, "amd64").is_none(), "no libc-bin");
}

#[test]
fn names_are_ordered_by_their_numbers() {
    let before = |one, other| compare_names(one, other).is_lt();
    assert!(before("libx.so.9", "libx.so.10") && before("liba.so", "libb.so"));
    assert!(before("libx.so", "libx.so.1") && before("liba", "lib1"));
    assert!(compare_names("libx.so.01", "libx.so.1").is_eq());
}

/// Written by ldconfig of glibc 2.36 for two libraries, one of them for x86-64-v3.
#[test]
fn the_file_is_the_one_of_real_ldconfig() {
    let entry = |path: &str, isa_level, hardware: Option<&str>| CacheEntry {
        soname: "libx.so.1".to_owned(),
        path: path.to_owned(),
        flags: 0x303,
        isa_level,
        hardware: hardware.map(str::to_owned),
    };
    let entries = vec![
        entry("/opt/x/libx.so.1", 0, None),
        entry("/opt/x/glibc-hwcaps/x86-64-v3/libx.so.1", 2, Some("x86-64-v3")),
    ];
    let hardware = BTreeSet::from(["x86-64-v3".to_owned()]);
    let made = bytes(entries, &hardware, &generator("2.36-9+deb12u14").unwrap());
    assert_eq!(made, include_bytes!("real.cache"));
    assert_eq!(generator("2.31-13+deb11u11"), None, "another form");
}
