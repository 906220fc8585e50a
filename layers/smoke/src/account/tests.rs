use super::*;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n";
const GROUP: &str = "root:x:0:\nnode:x:1000:\nmedia:x:44:a,node\n";

fn user(text: &str) -> Option<User> {
    User::of(text, PASSWD, GROUP)
}

fn entry(mode: u32, uid: u32, gid: u32) -> TreeEntry {
    TreeEntry { mode, uid, gid, ..TreeEntry::implied_directory() }
}

#[test]
fn users_are_those_that_docker_would_take() {
    for (text, expected) in [
        ("", Some((0, 0, "/root"))),
        ("node", Some((1000, 1000, "/home/node"))),
        ("1000", Some((1000, 1000, "/home/node"))),
        ("node:media", Some((1000, 44, "/home/node"))),
        ("1234", Some((1234, 0, "/"))),
        ("1234:5678", Some((1234, 5678, "/"))),
        ("nobody", None),
        ("node:none", None),
    ] {
        let found = user(text).map(|user| (user.uid, user.gid, user.home));
        assert_eq!(found, expected.map(|(uid, gid, home)| (uid, gid, home.to_owned())), "{text}");
    }
}

#[test]
fn modes_say_what_the_user_may_as_if_all_files_were_the_users() {
    let node = user("node").unwrap();
    for (mode, uid, gid, expected) in [
        (0o755, 0, 0, 0o555),
        (0o755, 1000, 0, 0o777),
        (0o640, 0, 44, 0o444),
        (0o600, 0, 0, 0o000),
        (0o1777, 0, 0, 0o1777),
        (0o4755, 0, 0, 0o555),
        // The owner of a file counts as neither its group nor as others.
        (0o077, 1000, 0, 0o000),
    ] {
        assert_eq!(node.mode(&entry(mode, uid, gid)), expected, "{mode:o}");
    }
    let root = user("0").unwrap();
    assert_eq!(root.mode(&entry(0o000, 5, 5)), 0o777);
    let file = TreeEntry { kind: TreeKind::File(1), ..entry(0o600, 5, 5) };
    assert_eq!(root.mode(&file), 0o666);
}

#[test]
fn own_folders_are_the_outermost() {
    let entries = [
        ("app", entry(0o755, 0, 0)),
        ("app/data", entry(0o755, 1000, 0)),
        ("app/data/in", entry(0o755, 1000, 0)),
        ("app/data2", entry(0o775, 0, 1000)),
        ("tmp", entry(0o1777, 0, 0)),
    ];
    let entries = entries.into_iter().map(|(path, entry)| (path.to_owned(), entry)).collect();
    let rootfs = RootfsMetadata { entries, ..RootfsMetadata::default() };
    assert_eq!(user("node").unwrap().own_folders(&rootfs), ["app/data", "app/data2", "tmp"]);
    assert!(user("0").unwrap().own_folders(&rootfs).is_empty());
}
