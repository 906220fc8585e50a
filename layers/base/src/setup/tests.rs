use fourply_blob::Entry;
use fourply_rootfs::{Base64Bytes, CERTIFICATE_BUNDLE, RootfsMetadata, TreeEntry, TreeKind};

use super::{FolderSpec, Setup};

fn rootfs() -> RootfsMetadata {
    let mut rootfs = RootfsMetadata {
        passwd: "root:x:0:0::/root:/bin/sh\n".into(),
        group: "root:x:0:\n".into(),
        ..RootfsMetadata::default()
    };
    let file = TreeEntry { kind: TreeKind::File(1), mode: 0o600, ..TreeEntry::implied_directory() };
    for path in ["etc", "etc/ssl", "etc/ssl/certs"] {
        rootfs.entries.insert(path.into(), TreeEntry::implied_directory());
    }
    rootfs.entries.insert(CERTIFICATE_BUNDLE.into(), file.clone());
    rootfs.entries.insert("etc/file".into(), file);
    rootfs.databases.insert(CERTIFICATE_BUNDLE.into(), Base64Bytes(b"first".to_vec()));
    rootfs
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
        image_users: Vec::new(),
        history: "accounts".into(),
    };
    let entries = setup.entries(&rootfs()).unwrap().entries;
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
    assert_eq!(text(CERTIFICATE_BUNDLE), (format!("first\n{pem}\n"), 0o600));
    assert_eq!(text(super::ADDED).0, format!("{pem}\n"));
}

#[test]
fn what_the_base_has_otherwise_is_refused() {
    let error = |setup: Setup| setup.entries(&rootfs()).unwrap_err().to_string();
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
    assert!(Setup::default().entries(&rootfs()).unwrap().entries.is_empty());
}

#[test]
fn folders_may_be_a_users_whom_the_image_adds_later() {
    let owner = |owner: &str, users: &[&str]| {
        let setup = Setup {
            folders: vec![folder("/data", owner)],
            image_users: users.iter().map(|user| user.parse().unwrap()).collect(),
            ..Setup::default()
        };
        let entries = setup.entries(&rootfs()).map_err(|error| error.to_string())?.entries;
        match entries.iter().find(|(path, _)| path.as_str() == "data").unwrap().1 {
            Entry::Directory(meta) => Ok::<_, String>((meta.uid, meta.gid)),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(owner("nodejs", &["nodejs:1001"]), Ok((1001, 1001)));
    assert_eq!(owner("nodejs:nodejs", &["nodejs:1001", "node:1000"]), Ok((1001, 1001)));
    assert_eq!(owner("nodejs", &["nodejs:1001:staff:50"]), Ok((1001, 50)));
    assert_eq!(owner("root:staff", &["nodejs:1001:staff:50"]), Ok((0, 50)));
    assert_eq!(owner("1001", &["nodejs:1001:staff:50"]), Ok((1001, 1001)));
    assert!(owner("nodejs", &["nodejs:1001", "nodejs:1002"]).unwrap_err().contains("other numbers"));
    assert!(owner("node", &["nodejs:1001", "1000"]).unwrap_err().contains("nobody of that name"));
}
