use fourply_rootfs::TreeEntry;

use super::*;

fn rootfs(paths: &[(&str, TreeKind, u32)]) -> RootfsMetadata {
    let entry = |(path, kind, uid): &(&str, TreeKind, u32)| {
        let entry = TreeEntry { kind: kind.clone(), uid: *uid, ..TreeEntry::implied_directory() };
        ((*path).to_owned(), entry)
    };
    RootfsMetadata { entries: paths.iter().map(entry).collect(), ..RootfsMetadata::default() }
}

fn places(paths: &[(&str, TreeKind, u32)], home: &str, folder: &str) -> (Vec<String>, Vec<String>) {
    let user = User::of("1000:1000", "", "").unwrap();
    let Places { memory, writable } = Places::of(&rootfs(paths), &user, home, folder);
    (memory, writable)
}

use TreeKind::{Directory, File, Symlink};

#[test]
fn empty_folders_are_in_memory_and_others_keep_what_they_hold() {
    let tree = [
        ("app", Directory, 0),
        ("app/data", Directory, 1000),
        ("home", Directory, 0),
        ("home/node", Directory, 1000),
        ("home/node/.cache", Directory, 1000),
        ("run", Symlink("var/run".to_owned()), 0),
        ("tmp", Directory, 0),
        ("var", Directory, 0),
        ("var/run", Directory, 0),
    ];
    let (memory, writable) = places(&tree, "/home/node", "/app");
    assert_eq!(
        (memory, writable),
        (vec!["/tmp".into(), "/var/run".into()], vec!["/app/data".into(), "/home/node".into()])
    );
    assert_eq!(places(&[("run", Symlink("none".to_owned()), 0)], "/", "/app").0, ["/tmp"]);
    // A home that is missing, is a file, or contains the program.
    assert_eq!(places(&tree, "/srv/none", "/app").0, ["/tmp", "/var/run", "/srv/none"]);
    assert_eq!(places(&[("home", File(1), 0)], "/home", "/app").0, ["/tmp", "/run"]);
    for home in ["/", "/app", "/proc/1", "/dev/null"] {
        assert_eq!(places(&tree, home, "/app/services/a").0, ["/tmp", "/var/run"], "{home}");
    }
}

#[test]
fn many_folders_are_joined() {
    let names: Vec<String> = (0..200).map(|number| format!("app/{}/x{number}", number % 3)).collect();
    let mut tree = vec![
        ("app", Directory, 0),
        ("app/0", Directory, 0),
        ("app/1", Directory, 0),
        ("app/2", Directory, 0),
    ];
    tree.extend(names.iter().map(|name| (name.as_str(), Directory, 1000)));
    assert_eq!(places(&tree, "/", "/app").1, ["/app/0", "/app/1", "/app/2"]);
}
