use fourply_rootfs::TreeEntry;

use super::*;

fn rootfs(passwd: &str, group: &str) -> RootfsMetadata {
    let mut rootfs =
        RootfsMetadata { passwd: passwd.into(), group: group.into(), ..RootfsMetadata::default() };
    let directory = |mode| TreeEntry { mode, mtime: 17, ..TreeEntry::implied_directory() };
    let file = |mode, gid| TreeEntry { kind: TreeKind::File(1), mode, gid, ..TreeEntry::implied_directory() };
    for (path, entry) in [
        ("bin", directory(0o755)),
        ("bin/sh", file(0o755, 0)),
        ("etc", directory(0o751)),
        ("etc/passwd", file(0o644, 0)),
        ("etc/group", file(0o664, 0)),
        ("etc/shadow", file(0o640, 42)),
    ] {
        rootfs.entries.insert(path.into(), entry);
    }
    rootfs
}

fn alpine() -> RootfsMetadata {
    let passwd = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n";
    rootfs(passwd, "root:x:0:root\nusers:x:100:games\nnode:x:1000:\n")
}

fn resolve(rootfs: &RootfsMetadata, user: &str) -> Result<Account> {
    accounts(rootfs, &user.parse().unwrap())
}

fn text(account: &Account, path: &str) -> String {
    match account.entries.get(&LayerPath::new(path).unwrap()) {
        Some(Entry::File { bytes, .. }) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{path}: {other:?}"),
    }
}

fn meta(account: &Account, path: &str) -> Meta {
    match &account.entries[&LayerPath::new(path).unwrap()] {
        Entry::File { meta, .. } | Entry::Directory(meta) | Entry::Symlink { meta, .. } => meta.clone(),
        Entry::Whiteout => panic!("{path} is left out"),
    }
}

#[test]
fn users_are_written_in_these_ways() {
    let spec = |text: &str| text.parse::<UserSpec>().unwrap();
    let named = UserSpec { name: Some("nodejs".into()), uid: Some(1001), ..UserSpec::default() };
    assert_eq!(spec("nodejs:1001"), named);
    assert_eq!(spec("nodejs:1001:1002"), UserSpec { gid: Some(1002), ..named.clone() });
    assert_eq!(
        spec("nodejs:1001:staff:50"),
        UserSpec { gid: Some(50), group: Some("staff".into()), ..named }
    );
    assert_eq!(spec("1001"), UserSpec { uid: Some(1001), ..UserSpec::default() });
    assert_eq!(spec("1001:2"), UserSpec { uid: Some(1001), gid: Some(2), ..UserSpec::default() });
    assert_eq!(spec("node"), UserSpec { name: Some("node".into()), ..UserSpec::default() });
    for wrong in [
        "",
        ":",
        "a:b",
        "a:-1",
        "a:4294967295",
        "4294967295",
        "a:1:b",
        "a:1:b:2:c",
        "a b",
        "ä",
        "a:1:g\n:2",
        "1a",
        "-x:1",
    ] {
        assert!(wrong.parse::<UserSpec>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_new_user_is_added_beside_the_base_s_own() {
    let mut base = alpine();
    base.shadow = Some("root:*::0:::::".into());
    let account = resolve(&base, "nodejs:1001").unwrap();
    assert_eq!((account.uid, account.gid, account.home.as_deref()), (1001, 1001, Some("/home/nodejs")));
    assert_eq!(
        text(&account, "etc/passwd"),
        format!("{}nodejs:x:1001:1001::/home/nodejs:/bin/sh\n", base.passwd)
    );
    assert_eq!(text(&account, "etc/group"), format!("{}nodejs:x:1001:\n", base.group));
    assert_eq!(text(&account, "etc/shadow"), "root:*::0:::::\nnodejs:!::0:99999:7:::\n");
    let paths: Vec<_> = account.entries.keys().map(LayerPath::as_str).collect();
    assert_eq!(paths, ["etc", "etc/group", "etc/passwd", "etc/shadow", "home", "home/nodejs"]);
}

#[test]
fn metadata_is_the_base_s() {
    let mut base = alpine();
    base.shadow = Some(String::new());
    let account = resolve(&base, "nodejs:1001").unwrap();
    assert_eq!((meta(&account, "etc").mode, meta(&account, "etc").mtime), (0o751, 17));
    assert_eq!((meta(&account, "etc/group").mode, meta(&account, "etc/group").mtime), (0o664, MTIME));
    assert_eq!((meta(&account, "etc/shadow").mode, meta(&account, "etc/shadow").gid), (0o640, 42));
    assert_eq!(meta(&account, "home/nodejs"), Meta::directory(1001, 1001));
    assert_eq!(meta(&account, "home"), Meta::directory(0, 0));
}

#[test]
fn a_base_without_anything_gets_root_as_well() {
    let account = resolve(&RootfsMetadata::default(), "nodejs:1001:app:2000").unwrap();
    assert_eq!(
        text(&account, "etc/passwd"),
        "root:x:0:0:root:/root:/sbin/nologin\nnodejs:x:1001:2000::/home/nodejs:/sbin/nologin\n"
    );
    assert_eq!(text(&account, "etc/group"), "root:x:0:\napp:x:2000:\n");
    assert!(account.fragment().is_some());
}

#[test]
fn who_is_there_already_needs_nothing() {
    for (user, gid) in [("node", 1000), ("node:1000", 1000), ("node:1000:1000", 1000), ("1000", 1000)] {
        let account = resolve(&alpine(), user).unwrap();
        assert_eq!((account.name.as_deref(), account.uid, account.gid), (Some("node"), 1000, gid), "{user}");
        assert!(account.fragment().is_none(), "{user}");
    }
    let number = resolve(&alpine(), "4000").unwrap();
    assert_eq!((number.name, number.uid, number.gid, number.home), (None, 4000, 4000, None));
    assert!(number.entries.is_empty());
}

#[test]
fn a_group_that_the_base_has_is_used() {
    let account = resolve(&alpine(), "nodejs:1001:users:100").unwrap();
    let paths: Vec<_> = account.entries.keys().map(LayerPath::as_str).collect();
    assert_eq!(paths, ["etc", "etc/passwd", "home", "home/nodejs"]);
    assert_eq!(account.gid, 100);
}

#[test]
fn conflicts_say_what_to_configure_instead() {
    use AccountConflict::*;
    let (node, app, users) = ("node".to_owned(), Some("app:1001".to_owned()), "users".to_owned());
    let known = vec!["root".to_owned(), node.clone()];
    for (user, says, conflict) in [
        ("app:1000", "number 1000 is the base's user node", UserNumberTaken { uid: 1000, by: node.clone() }),
        (
            "node:1001",
            "with the number 1000, not 1001",
            OtherUserNumber { name: node.clone(), found: 1000, asked: 1001 },
        ),
        (
            "node:1000:5",
            "in the group 1000, not 5",
            OtherPrimaryGroup { name: node, uid: 1000, found: 1000, asked: 5 },
        ),
        ("nobody", "no such user", UnknownUser { name: "nobody".to_owned(), known }),
        (
            "app:1001:users:5",
            "group users with the number 100",
            OtherGroupNumber { user: app.clone(), group: users.clone(), found: 100, asked: 5 },
        ),
        (
            "app:1001:100",
            "group number 100 is the base's group users",
            GroupNumberTaken { user: app, gid: 100, by: users },
        ),
    ] {
        let error = resolve(&alpine(), user).unwrap_err();
        assert!(error.to_string().contains(says), "{user}: {error}");
        let BaseError::Account { reason, .. } = error else { panic!("{user}: {error}") };
        assert_eq!(reason, conflict, "{user}");
    }
}

#[test]
fn homes_follow_the_base_s_links_and_stay_if_they_exist() {
    let mut base = alpine();
    base.entries.insert(
        "home".into(),
        TreeEntry { kind: TreeKind::Symlink("var/home".into()), ..TreeEntry::implied_directory() },
    );
    base.entries.insert("srv".into(), TreeEntry::implied_directory());
    let account = resolve(&base, "nodejs:1001").unwrap();
    let paths: Vec<_> = account.entries.keys().map(LayerPath::as_str).collect();
    assert_eq!(paths, ["etc", "etc/group", "etc/passwd", "var", "var/home", "var/home/nodejs"]);
    let spec = UserSpec { home: Some("/srv".into()), ..settle_spec() };
    assert!(!accounts(&base, &spec).unwrap().entries.contains_key(&LayerPath::new("srv").unwrap()));
    let spec = UserSpec { home: Some("/bin/sh/x".into()), ..settle_spec() };
    assert!(accounts(&base, &spec).is_err());
    let spec = UserSpec { home: Some("relative".into()), ..settle_spec() };
    assert!(accounts(&base, &spec).is_err());
}

fn settle_spec() -> UserSpec {
    "nodejs:1001".parse().unwrap()
}
