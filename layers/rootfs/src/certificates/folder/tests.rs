use std::path::Path;
use std::process::Command;

use super::*;
use crate::metadata::TreeEntry;

fn openssl(args: &[&str], folder: &Path) {
    let output = Command::new("openssl").args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn certificate(folder: &Path, name: &str, subject: &str) {
    let key = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "/dev/null",
    ];
    openssl(&[&key[..], &["-subj", subject, "-out", name]].concat(), folder);
}

/// A folder as in a tree, and the contents of its files by path.
fn read(folder: &Path) -> (RootfsMetadata, BTreeMap<String, Vec<u8>>) {
    let (mut tree, mut contents) = (RootfsMetadata::default(), BTreeMap::new());
    for parent in ["etc", "etc/ssl", CERTIFICATE_LINKS] {
        tree.entries.insert(parent.into(), TreeEntry::implied_directory());
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{CERTIFICATE_LINKS}/{}", path.file_name().unwrap().to_str().unwrap());
        let kind = match std::fs::read_link(&path) {
            Ok(target) => TreeKind::Symlink(target.to_str().unwrap().to_owned()),
            Err(_) => {
                contents.insert(name.clone(), std::fs::read(&path).unwrap());
                TreeKind::File(1)
            }
        };
        tree.entries.insert(name, TreeEntry { kind, ..TreeEntry::implied_directory() });
    }
    (tree, contents)
}

fn rehashed(folder: &Path) -> Links {
    let (tree, contents) = read(folder);
    let mut links = CertificateLinks::of(&tree);
    links.rehash(&|path| contents.get(path).map(Vec::as_slice));
    links.now
}

#[test]
#[ignore = "needs openssl"]
fn openssl_rehash_leaves_the_same_links() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, subject) in
        [("b.pem", "/CN=same"), ("a.crt", "/CN=same"), ("c.CER", "/CN=same"), ("d.pem", "/CN=one")]
    {
        certificate(folder, name, subject);
    }
    std::fs::copy(folder.join("d.pem"), folder.join("twin.pem")).unwrap();
    let both =
        [std::fs::read(folder.join("a.crt")).unwrap(), std::fs::read(folder.join("b.pem")).unwrap()].concat();
    std::fs::write(folder.join("bundle.crt"), both).unwrap();
    certificate(folder, "no.txt", "/CN=text");
    let compare = || {
        let own = rehashed(folder);
        openssl(&["rehash", "."], folder);
        assert_eq!(own, CertificateLinks::of(&read(folder).0).now);
        own.into_iter().filter(|(_, link)| link.is_some()).count()
    };
    assert_eq!(compare(), 4);
    // One is removed, and another one with the same subject is added.
    std::fs::remove_file(folder.join("a.crt")).unwrap();
    certificate(folder, "e.pem", "/CN=same");
    std::os::unix::fs::symlink("d.pem", folder.join("link.pem")).unwrap();
    compare();
    std::fs::remove_file(folder.join("b.pem")).unwrap();
    std::fs::remove_file(folder.join("c.CER")).unwrap();
    compare();
}

#[test]
fn links_that_lead_nowhere_go_with_those_that_lead_to_them() {
    let mut tree = RootfsMetadata::default();
    let mut put = |path: &str, kind| {
        tree.entries.insert(path.into(), TreeEntry { kind, ..TreeEntry::implied_directory() })
    };
    for path in ["etc", "etc/ssl", CERTIFICATE_LINKS, "opt"] {
        put(path, TreeKind::Directory);
    }
    put("opt/x.pem", TreeKind::File(1));
    let links = [
        ("a.pem", "/opt/x.pem"),
        ("b", "a.pem"),
        ("c.pem", "/opt/none"),
        ("d", "c.pem"),
        ("e", "../../../opt/x.pem"),
        ("f", "f"),
    ];
    for (name, target) in links {
        put(&format!("{CERTIFICATE_LINKS}/{name}"), TreeKind::Symlink(target.into()));
    }
    let mut links = CertificateLinks::of(&tree);
    links.remove_lost();
    assert!(links.changed());
    let (new, gone) = links.changes();
    assert!(new.is_empty());
    assert_eq!(gone, ["c.pem", "d", "f"].map(|name| format!("{CERTIFICATE_LINKS}/{name}")).into());
}
