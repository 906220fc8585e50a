use fourply_blob::Entry;

use super::{BUNDLE, FolderSpec, Setup};
use crate::facts::{Bytes, FactEntry, FactKind, Facts};

fn facts() -> Facts {
    let mut facts = Facts {
        passwd: "root:x:0:0::/root:/bin/sh\n".into(),
        group: "root:x:0:\n".into(),
        ..Facts::default()
    };
    let file = FactEntry { kind: FactKind::File(1), mode: 0o600, ..FactEntry::implied_directory() };
    for path in ["etc", "etc/ssl", "etc/ssl/certs"] {
        facts.entries.insert(path.into(), FactEntry::implied_directory());
    }
    facts.entries.insert(BUNDLE.into(), file.clone());
    facts.entries.insert("etc/file".into(), file);
    facts.databases.insert(BUNDLE.into(), Bytes(b"first".to_vec()));
    facts
}

fn folder(path: &str, owner: &str) -> FolderSpec {
    FolderSpec { path: path.into(), owner: Some(owner.into()), mode: 0o750 }
}

#[test]
fn users_groups_folders_and_certificates_are_one_layer() {
    let pem = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
    let setup = Setup {
        groups: vec!["data:2000".parse().unwrap()],
        users: vec!["app:1002".parse().unwrap(), "other:1003:data:2000".parse().unwrap()],
        folders: vec![folder("/data/in", "app:data"), folder("/data", "1002"), folder("/cache", "other")],
        certificates: vec![("corp.pem".into(), pem.into())],
    };
    let entries = setup.entries(&facts()).unwrap().entries;
    let text = |path: &str| match &entries.iter().find(|(known, _)| known.as_str() == path).unwrap().1 {
        Entry::File { bytes, meta } => (String::from_utf8(bytes.to_vec()).unwrap(), meta.mode),
        other => panic!("{other:?}"),
    };
    let owner = |path: &str| match &entries.iter().find(|(known, _)| known.as_str() == path).unwrap().1 {
        Entry::Directory(meta) => (meta.uid, meta.gid, meta.mode),
        other => panic!("{other:?}"),
    };
    assert_eq!(text("etc/group").0, "root:x:0:\ndata:x:2000:\napp:x:1002:\n");
    assert!(text("etc/passwd").0.ends_with("other:x:1003:2000::/home/other:/sbin/nologin\n"));
    assert_eq!((owner("data/in"), owner("data")), ((1002, 2000, 0o750), (1002, 1002, 0o750)));
    assert_eq!((owner("cache"), owner("home/app")), ((1003, 2000, 0o750), (1002, 1002, 0o755)));
    assert_eq!(text(BUNDLE), (format!("first\n{pem}\n"), 0o600));
    assert_eq!(text(super::ADDED).0, format!("{pem}\n"));
}

#[test]
fn what_the_base_has_otherwise_is_refused() {
    let error = |setup: Setup| setup.entries(&facts()).unwrap_err().to_string();
    let folders = |path: &str, owner: &str| Setup { folders: vec![folder(path, owner)], ..Setup::default() };
    assert!(error(folders("/etc/file", "0")).contains("file or link"));
    assert!(error(folders("data", "0")).contains("absolute"));
    assert!(error(folders("/data", "nobody")).contains("nobody of that name"));
    let groups = |text: &str| Setup { groups: vec![text.parse().unwrap()], ..Setup::default() };
    assert!(error(groups("x:0")).contains("the base's group root"));
    assert!(error(groups("root:5")).contains("with the number 0"));
    let certificates = |pem: &str| Setup { certificates: vec![("x".into(), pem.into())], ..Setup::default() };
    assert!(error(certificates("x")).contains("PEM"));
    assert!("a:1:b:2".parse::<super::GroupSpec>().is_err());
    assert!(Setup::default().entries(&facts()).unwrap().entries.is_empty());
}
