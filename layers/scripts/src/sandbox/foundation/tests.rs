#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn all_is_shown_but_what_others_lie_upon() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for folder in
        ["dev/shm", "etc", "home/ada/work/in", "home/bob", "opt", "proc", "tmp", "usr/bin", "var/tmp"]
    {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    std::fs::write(root.join("home/ada/file"), "").unwrap();
    symlink("usr/bin", root.join("bin")).unwrap();
    // The target of a link is not on the path to a folder of the host.
    symlink("/usr", root.join("srv")).unwrap();
    let others = ["/tmp", "/home/ada/work", "/srv/store"].map(Path::new);
    let bind = |path: &str| Step::Bind { from: root.join(path), to: Path::new("/").join(path) };
    let folder = |path: &str| Step::Folder(path.into());
    let expected = [
        Step::Link { to: "/bin".into(), target: "usr/bin".into() },
        bind("etc"),
        folder("/home"),
        folder("/home/ada"),
        bind("home/ada/file"),
        bind("home/bob"),
        bind("opt"),
        bind("usr"),
        bind("var"),
    ];
    assert_eq!(steps(root, others.into_iter()).unwrap(), expected);
}
