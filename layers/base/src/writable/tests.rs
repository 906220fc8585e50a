use fourply_rootfs::TreeEntry;

use super::*;

fn base(entries: &[(&str, TreeKind, u32)]) -> RootfsMetadata {
    let entry = |(path, kind, mode): &(&str, TreeKind, u32)| {
        let entry = TreeEntry {
            kind: kind.clone(),
            mode: *mode,
            uid: 0,
            gid: 0,
            mtime: 5,
            xattrs: Default::default(),
            program: None,
        };
        ((*path).to_owned(), entry)
    };
    RootfsMetadata { entries: entries.iter().map(entry).collect(), ..RootfsMetadata::default() }
}

fn account() -> Account {
    Account { name: None, uid: 1001, gid: 1002, home: None, entries: Default::default() }
}

fn folders(base: &RootfsMetadata, folders: &[&str]) -> Result<Vec<(String, u32, u32)>> {
    let folders = folders.iter().map(|folder| (*folder).to_owned()).collect();
    let entries = account().with_folders(base, &folders)?.entries;
    let shown = |(path, entry): (&LayerPath, &Entry)| match entry {
        Entry::Directory(meta) => (path.to_string(), meta.mode, meta.uid),
        _ => panic!("{path}"),
    };
    Ok(entries.iter().map(shown).collect())
}

#[test]
fn folders_are_made_or_become_the_users() {
    let base = base(&[
        ("data", TreeKind::Directory, 0o750),
        ("data/inner", TreeKind::Directory, 0o755),
        ("data/file", TreeKind::File(0), 0o644),
        ("var", TreeKind::Directory, 0o755),
        ("var/run", TreeKind::Symlink("/run".into()), 0o777),
        ("run", TreeKind::Directory, 0o755),
        ("tmp", TreeKind::Directory, 0o1777),
        ("etc", TreeKind::Directory, 0o755),
        ("etc/passwd", TreeKind::File(0), 0o644),
    ]);
    let found = folders(&base, &["/data", "/var/lib/x", "/var/run/app", "/tmp"]).unwrap();
    let expected = [
        ("data", 0o750, 1001),
        ("data/inner", 0o755, 1001),
        ("run", 0o755, 0),
        ("run/app", 0o755, 1001),
        ("var", 0o755, 0),
        ("var/lib", 0o755, 0),
        ("var/lib/x", 0o755, 1001),
    ];
    let expected = expected.map(|(path, mode, uid)| (path.to_owned(), mode, uid));
    assert_eq!(found, expected);
    for file in ["/etc/passwd", "/etc/passwd/x"] {
        let error = folders(&base, &[file]).unwrap_err().to_string();
        assert!(error.contains("something else"), "{error}");
    }
}
