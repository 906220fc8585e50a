use fourply_rootfs::{Base64Bytes, RootfsMetadata, TreeEntry};

use super::*;
use crate::installed::InstalledDebs;
use crate::plan::plan_on;
use crate::testing::{FILE, deb, scanned};

#[test]
fn the_list_keeps_what_was_switched_off_and_takes_what_is_new() {
    let available = ["m/a.crt", "m/b.crt", "m/new.crt"].into();
    // As the script of 20230311 left it in a chroot.
    let old = "# mine\nm/a.crt\n!m/b.crt\nm/gone.crt\nown/x.crt\n!own/y.crt\n";
    let new = list::updated(old, &available, &|name| name.starts_with("own/"));
    assert_eq!(new, "# mine\nm/a.crt\n!m/b.crt\n!m/gone.crt\nown/x.crt\n!own/y.crt\nm/new.crt\n");
    assert_eq!(list::updated(&new, &available, &|name| name.starts_with("own/")), new);
    assert_eq!(list::updated("", &available, &|_| false), list::plain(&available));
    assert!(list::fresh(&available).ends_with("deselected.\n#\nm/a.crt\nm/b.crt\nm/new.crt\n"));
}

/// A base with dpkg's database, these files and these links.
fn base(files: &[(&str, &str)], links: &[(&str, &str)]) -> RootfsMetadata {
    let mut rootfs = RootfsMetadata::default();
    let mut put = |path: &str, kind| {
        for (end, _) in path.match_indices('/') {
            rootfs.entries.entry(path[..end].into()).or_insert_with(TreeEntry::implied_directory);
        }
        rootfs.entries.insert(path.into(), TreeEntry { kind, ..TreeEntry::implied_directory() });
    };
    files.iter().for_each(|(path, text)| put(path, TreeKind::File(text.len() as u64)));
    links.iter().for_each(|(path, target)| put(path, TreeKind::Symlink((*target).into())));
    put("usr/local", TreeKind::Directory);
    for (path, text) in files {
        rootfs.databases.insert((*path).into(), Base64Bytes(text.as_bytes().to_vec()));
    }
    rootfs
}

const STATUS: (&str, &str) = (
    "var/lib/dpkg/status",
    "Package: ca-certificates\nStatus: install ok installed\nVersion: 0\nArchitecture: all\n\n",
);

/// The result for ca-certificates with two certificates on such a base.
fn on(files: &[(&str, &str)], links: &[(&str, &str)]) -> Made {
    let rootfs = base(&[files, &[STATUS]].concat(), links);
    let installed = InstalledDebs::new(&rootfs).unwrap();
    let data = [
        ("./usr/share/ca-certificates/m/a.crt", FILE, "A"),
        ("./usr/share/ca-certificates/m/b.crt", FILE, "B\n"),
    ];
    let packages = [scanned("ca-certificates", &deb("ca-certificates", "", &data)).unwrap()];
    made(&plan_on(&installed, &packages).unwrap(), &packages)
}

#[test]
fn a_base_keeps_its_own_certificates_and_what_it_switched_off() {
    let files = [
        ("etc/ca-certificates.conf", "m/a.crt\n!m/b.crt\n"),
        ("usr/local/share/ca-certificates/sub/z.crt", "Z"),
        ("usr/local/share/ca-certificates/a b.crt", "AB"),
        ("usr/local/share/ca-certificates/README", "text"),
        ("opt/e.crt", "E"),
        ("etc/ssl/certs/own.pem", "own"),
    ];
    let links = [
        ("usr/local/share/ca-certificates/link.crt", "/opt/e.crt"),
        ("etc/ssl/certs/b.pem", "/usr/share/ca-certificates/m/b.crt"),
        ("etc/ssl/certs/lost.pem", "/none"),
    ];
    let made = on(&files, &links);
    assert_eq!(made.files[CERTIFICATE_BUNDLE], b"A\nAB\nE\nZ\n");
    assert!(!made.files.contains_key(LIST), "nothing changes");
    let names: Vec<&str> = made.links.keys().map(String::as_str).collect();
    let folder = "etc/ssl/certs";
    assert_eq!(names, ["a.pem", "a_b.pem", "link.pem", "z.pem"].map(|name| format!("{folder}/{name}")));
    assert_eq!(made.links["etc/ssl/certs/z.pem"], "/usr/local/share/ca-certificates/sub/z.crt");
    assert_eq!(made.gone, ["b.pem", "lost.pem"].map(|name| format!("{folder}/{name}")).into());
    assert!(!made.incomplete);
}

#[test]
fn what_only_the_script_could_make_is_told() {
    let hook = [("etc/ca-certificates/update.d/java", "#!/bin/sh")];
    assert!(on(&hook, &[]).incomplete);
    let mut rootfs = base(&[STATUS, ("usr/local/share/ca-certificates/x.crt", "X")], &[]);
    rootfs.databases.remove("usr/local/share/ca-certificates/x.crt");
    let installed = InstalledDebs::new(&rootfs).unwrap();
    let packages = [scanned("ca-certificates", &deb("ca-certificates", "", &[])).unwrap()];
    assert!(made(&plan_on(&installed, &packages).unwrap(), &packages).incomplete);
    // Packages with certificates that activate no trigger change nothing.
    let packages =
        [scanned("x", &deb("x", "", &[("./usr/share/ca-certificates/x.crt", FILE, "X")])).unwrap()];
    assert!(made(&plan_on(&installed, &packages).unwrap(), &packages).files.is_empty());
}
