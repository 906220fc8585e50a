//! Untrusted input that must be rejected: indexes and packages that are unsigned, damaged or hostile. Each is named in
//! the error, and nothing remains.

use super::made::{Made, Put, Repo, package, smallest};
use super::refused;

fn repo(more: Vec<Made>) -> Repo {
    Repo::new(&smallest().into_iter().chain(more).collect::<Vec<_>>())
}

fn one(entries: &[Put]) -> Repo {
    repo(vec![package("x", "", entries)])
}

#[test]
#[ignore = "needs openssl"]
fn only_a_signed_and_whole_index_is_read() {
    let repo = one(&[Put::File("usr/x", b"x")]);
    let path = repo.file("APKINDEX.tar.gz");
    let good = std::fs::read(&path).unwrap();
    let signature =
        good.windows(4).skip(1).position(|bytes| bytes.starts_with(&[0x1f, 0x8b, 8])).unwrap() + 1;
    std::fs::write(&path, &good[signature..]).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("it is not signed"));
    let mut turned = good.clone();
    turned[signature + 20] ^= 1;
    std::fs::write(&path, &turned).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("not that of these bytes"));
    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("APKINDEX.tar.gz"));
    std::fs::write(&path, b"ADB.indx").unwrap();
    assert!(refused(repo.compose(&["x"])).contains("apk version 3"));
    repo.sign("P:x\nV:1\nA:aarch64\n");
    assert!(refused(repo.compose(&["x"])).contains("for aarch64, not for x86_64"));
    repo.sign("P:../x\nV:1\nA:x86_64\n");
    assert!(refused(repo.compose(&["x"])).contains("is no name of a package"));
    std::fs::remove_file(&path).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("APKINDEX.tar.gz"));
    std::fs::write(&path, &good).unwrap();
    assert!(refused(repo.compose_for(&["x"], "linux/arm64")).contains("aarch64/APKINDEX.tar.gz"));
    assert!(
        refused(repo.compose_for(&["x"], "windows/amd64")).contains("no Alpine packages for windows/amd64")
    );
    assert!(repo.compose(&["x"]).unwrap().rootfs.entries.contains_key("usr/x"));
    assert!(repo.place.leftovers().is_empty());
}

#[test]
#[ignore = "needs openssl"]
fn only_the_package_of_the_index_is_taken() {
    let repo = one(&[Put::File("usr/x", b"x")]);
    let path = repo.file("x-1-r0.apk");
    let good = std::fs::read(&path).unwrap();
    for (at, part) in [(good.len() - 20, "its data is"), (20, "")] {
        let mut turned = good.clone();
        turned[at] ^= 1;
        std::fs::write(&path, &turned).unwrap();
        let error = refused(repo.compose(&["x"]));
        assert!(error.contains("x-1-r0.apk") && error.contains(part), "{error}");
    }
    std::fs::write(&path, &good[..good.len() - 1]).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("the index says"));
    std::fs::copy(repo.file("busybox-1-r0.apk"), &path).unwrap();
    assert!(refused(repo.compose(&["x"])).contains("x-1-r0.apk"));
    assert!(repo.place.leftovers().is_empty());
}

#[test]
#[ignore = "needs openssl"]
fn no_path_leads_out_and_nothing_is_there_twice() {
    use Put::{Device, Dir, File, Hardlink, Symlink};
    for (entries, part) in [
        (&[File("../x", b"x")][..], "../x"),
        (&[File("/etc/x", b"x")], "absolute"),
        (&[File("usr/../../x", b"x")], "usr/../../x"),
        (&[Hardlink("x", "../../etc/passwd")], "leads out"),
        (&[Hardlink("x", "usr/none")], "not an earlier file of the package"),
        (&[Device("dev/sda")], "device"),
        (&[File("usr", b"x"), File("usr/x", b"x")], "usr/x"),
        (&[Symlink("a", "b"), Symlink("b", "a"), File("a/x", b"x")], "loop"),
        (&[File("usr/.wh.x", b"x")], ".wh."),
        (&[File("a", b"x"), Dir("a")], "\"a\""),
    ] {
        let error = refused(one(entries).compose(&["x"]));
        assert!(error.contains(part), "{part}: {error}");
    }
    // A link that points above the root stays below it, as in a container.
    let base = one(&[Symlink("up", "../../.."), File("up/kept", b"x")]).compose(&["x"]).unwrap();
    assert!(base.rootfs.entries.contains_key("kept"));
}

#[test]
#[ignore = "needs openssl"]
fn one_file_of_two_packages_needs_a_word() {
    let file = |content| [Put::File("usr/x", content)];
    let two = |more: &str| repo(vec![package("a", "", &file(b"a")), package("b", more, &file(b"bb"))]);
    assert!(refused(two("").compose(&["a", "b"])).contains("\"usr/x\" is in a-1-r0 and in b-1-r0"));
    let size = |repo: Repo| format!("{:?}", repo.compose(&["a", "b"]).unwrap().rootfs.entries["usr/x"].kind);
    assert_eq!(size(two("replaces = a\n")), "File(2)");
    let first = repo(vec![package("a", "replaces = b\n", &file(b"a")), package("b", "", &file(b"bb"))]);
    assert_eq!(size(first), "File(1)");
    let origin = |name, content| package(name, "origin = o\n", &file(content));
    assert_eq!(size(repo(vec![origin("a", b"a"), origin("b", b"bb")])), "File(2)");
}

#[test]
#[ignore = "needs openssl"]
fn unsatisfiable_wishes_are_told_as_apk_tells_them() {
    let repo = repo(vec![package("a", "", &[])]);
    assert!(
        refused(repo.compose(&["none"])).contains("none (no such package):\n    required by: world[none]")
    );
    assert!(refused(repo.compose(&["a>2"])).contains("a-1-r0:\n    breaks: world[a>2]"));
    assert!(refused(repo.compose(&["a@edge"])).contains("no repository has it"));
    assert!(refused(repo.compose(&["a="])).contains("name=version"));
    // A control part that unpacks to more than any real one.
    let zeros: &'static str = Box::leak(" ".repeat(17 << 20).into_boxed_str());
    let bomb = Repo::new(&smallest().into_iter().chain([package("x", zeros, &[])]).collect::<Vec<_>>());
    assert!(refused(bomb.compose(&["x"])).contains("unpacks to more than"));
}
