use super::budget::ReadBudget;
use super::layer::read;
use super::tree::FileTree;
use super::*;
use crate::paths::DEFAULT_PATH;
use fourply_testing::hostile::put;

/// An entry of a layer that a test writes.
enum Part<'a> {
    Dir(&'a str, u32),
    File(&'a str, &'a [u8]),
    Exe(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
    Hard(&'a str, &'a str),
}
use Part::{Dir, Exe, File, Hard, Link};

fn tar_of(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let (path, kind, mode, content, target) = match part {
            Dir(path, mode) => (*path, tar::EntryType::Directory, *mode, &b""[..], ""),
            File(path, content) => (*path, tar::EntryType::Regular, 0o644, *content, ""),
            Exe(path, content) => (*path, tar::EntryType::Regular, 0o755, *content, ""),
            Link(path, target) => (*path, tar::EntryType::Symlink, 0o777, &b""[..], *target),
            Hard(path, target) => (*path, tar::EntryType::Link, 0o644, &b""[..], *target),
        };
        put(&mut bytes, path, kind.as_byte(), mode, content, target);
    }
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

fn merge(layers: &[&[Part]]) -> crate::Result<FileTree> {
    merge_within(layers, &ReadBudget::default())
}

fn merge_within(layers: &[&[Part]], budget: &ReadBudget) -> crate::Result<FileTree> {
    let mut tree = FileTree::default();
    for layer in layers {
        tree.apply(&read(tar_of(layer).as_slice(), "layer", budget)?.0, "layer", budget)?;
    }
    Ok(tree)
}

fn paths(layers: &[&[Part]]) -> Vec<String> {
    merge(layers).unwrap().entries.into_keys().collect()
}

fn rootfs(layers: &[&[Part]]) -> RootfsMetadata {
    RootfsMetadata { entries: merge(layers).unwrap().entries, ..RootfsMetadata::default() }
}

fn reason(layers: &[&[Part]]) -> String {
    merge(layers).unwrap_err().to_string()
}

#[test]
fn whiteouts_hide_only_what_lies_below() {
    let below: &[Part] =
        &[Dir("a", 0o755), File("a/x", b""), File("a/y", b""), Dir("b", 0o755), File("b/z", b"")];
    assert_eq!(paths(&[below, &[File("a/.wh.x", b"")]]), ["a", "a/y", "b", "b/z"]);
    assert_eq!(paths(&[below, &[File(".wh.a", b"")]]), ["b", "b/z"]);
    // In any order within its layer.
    assert_eq!(
        paths(&[below, &[File("a/x", b"new"), File("a/.wh.x", b"")]]),
        ["a", "a/x", "a/y", "b", "b/z"]
    );
    assert_eq!(
        paths(&[below, &[File("a/new", b""), File("a/.wh..wh..opq", b"")]]),
        ["a", "a/new", "b", "b/z"]
    );
    assert_eq!(paths(&[below, &[File(".wh..wh..opq", b""), Dir("c", 0o755)]]), ["c"]);
    // Of a missing file, and aufs's own bookkeeping.
    assert_eq!(paths(&[below, &[File("a/.wh.none", b""), File(".wh..wh.plnk", b"")]]).len(), 5);
    // Names with the same beginning stay.
    assert_eq!(
        paths(&[&[File("ab", b""), File("a0", b""), File("a/x", b"")], &[File(".wh.a", b"")]]),
        ["a0", "ab"]
    );
}

#[test]
fn folders_merge_and_other_things_replace_each_other() {
    let below: &[Part] = &[Dir("a", 0o755), File("a/x", b"")];
    let merged = merge(&[below, &[Dir("a", 0o700)]]).unwrap();
    assert_eq!(merged.entries["a"].mode, 0o700);
    assert!(merged.entries.contains_key("a/x"));
    assert_eq!(paths(&[below, &[File("a", b"")]]), ["a"]);
    assert_eq!(paths(&[below, &[Link("a", "b")]]), ["a"]);
    assert_eq!(paths(&[&[File("a", b"")], below]), ["a", "a/x"]);
}

#[test]
fn parents_are_implied_and_followed_through_links() {
    let merged = merge(&[&[File("x/y/z", b"")]]).unwrap();
    assert_eq!((merged.entries["x"].kind.clone(), merged.entries["x/y"].mode), (TreeKind::Directory, 0o755));
    let usr: &[Part] =
        &[Dir("usr", 0o755), Dir("usr/lib", 0o755), Link("lib", "usr/lib"), Link("abs", "/usr/lib")];
    assert_eq!(
        paths(&[usr, &[File("lib/a", b""), File("abs/b", b"")]]),
        ["abs", "lib", "usr", "usr/lib", "usr/lib/a", "usr/lib/b"]
    );
    // A dangling link: the folder is created at its target.
    assert!(paths(&[&[Link("d", "var/d")], &[File("d/f", b"")]]).contains(&"var/d/f".to_owned()));
    // A link out of the root stays inside it, as after chroot.
    assert!(paths(&[&[Link("up", "../../x")], &[File("up/f", b"")]]).contains(&"x/f".to_owned()));
    // Whiteouts reach through links too.
    assert_eq!(
        paths(&[usr, &[File("usr/lib/a", b"")], &[File("lib/.wh.a", b"")]]),
        ["abs", "lib", "usr", "usr/lib"]
    );
}

#[test]
fn hard_links_are_the_file_that_they_name() {
    let merged = merge(&[&[
        File("etc/passwd", b"root:x:0:0::/:"),
        Hard("etc/passwd-", "etc/passwd"),
        Hard("b/c", "/etc/passwd"),
    ]])
    .unwrap();
    assert_eq!(merged.entries["b/c"].kind, TreeKind::File(14));
    assert_eq!(merged.contents["b/c"], b"root:x:0:0::/:");
    assert!(reason(&[&[Hard("a", "none")]]).contains("does not exist"));
    assert!(reason(&[&[Dir("d", 0o755), Hard("a", "d")]]).contains("directory"));
    assert!(reason(&[&[Hard("a", "/")]]).contains("root"));
    assert!(reason(&[&[Hard("a", "../x")]]).contains(".."));
}

#[test]
fn layers_that_lead_astray_are_refused() {
    assert!(reason(&[&[File("../x", b"")]]).contains(".."));
    assert!(reason(&[&[File("a/../../x", b"")]]).contains(".."));
    assert!(reason(&[&[File("a", b""), File("a/b", b"")]]).contains("not a directory"));
    assert!(reason(&[&[Link("a", "a"), File("a/b", b"")]]).contains("loop"));
    assert!(reason(&[&[Link("a", "b/x"), Link("b", "a/y"), File("a/b", b"")]]).contains("loop"));
    // Absolute names are relative to the image's own root.
    assert_eq!(paths(&[&[File("/x", b""), File("./y", b"")]]), ["x", "y"]);
}

#[test]
fn memory_is_bounded_for_names_contents_and_implied_folders() {
    let deep = "d/".repeat(40) + "f";
    let cases: [&[Part]; 3] = [
        &[File("etc/passwd", &[b'x'; 3000])],
        &[
            File("a", b""),
            Link("b", "cccccccccc"),
            Dir("c", 0o755),
            Dir("d", 0o755),
            Dir("e", 0o755),
            Dir("f", 0o755),
        ],
        &[File(&deep, b"")],
    ];
    for parts in cases {
        let error = merge_within(&[parts], &ReadBudget::of(1200)).unwrap_err().to_string();
        assert!(error.contains("bytes of memory"), "{error}");
        assert!(merge_within(&[parts], &ReadBudget::of(10_000)).is_ok());
    }
}

#[test]
fn lookups_end_where_the_kernel_s_would() {
    let rootfs = rootfs(&[&[
        Dir("usr", 0o755),
        Dir("usr/bin", 0o755),
        Exe("usr/bin/tini", b"x"),
        File("usr/bin/text", b"x"),
        Link("bin", "usr/bin"),
        Link("sbin", "usr/bin"),
        Link("usr/bin/alias", "../../bin/tini"),
        Link("loop", "loop"),
        Link("dangling", "nowhere"),
    ]]);
    assert_eq!(rootfs.lookup("/sbin/tini").unwrap().0, "usr/bin/tini");
    assert_eq!(rootfs.lookup("bin/alias").unwrap().0, "usr/bin/tini");
    assert_eq!(rootfs.lookup("/bin/../bin/./tini").unwrap().0, "usr/bin/tini");
    for none in ["/", "/none", "/loop", "/dangling", "/bin/tini/x"] {
        assert!(rootfs.lookup(none).is_none(), "{none}");
    }
    assert!(
        rootfs.is_executable("/sbin/tini")
            && !rootfs.is_executable("/sbin/text")
            && !rootfs.is_executable("/usr")
    );
    assert!(rootfs.is_directory("/") && rootfs.is_directory("/sbin") && !rootfs.is_directory("/sbin/tini"));
    assert_eq!(rootfs.which("tini", "relative:/none:/sbin:/bin").as_deref(), Some("/sbin/tini"));
    assert_eq!(rootfs.which("/sbin/tini", "").as_deref(), Some("/sbin/tini"));
    assert_eq!(rootfs.which("text", DEFAULT_PATH), None);
    assert_eq!(rootfs.real_path("/bin/new/x").as_deref(), Some("usr/bin/new/x"));
    assert_eq!(rootfs.real_path("/bin/alias").as_deref(), Some("usr/bin/alias"));
    assert_eq!(rootfs.real_path("/usr/bin/text/x"), None);
    assert_eq!(rootfs.real_path("/"), None);
}

#[test]
fn parents_carry_the_base_s_metadata() {
    let rootfs = rootfs(&[&[Dir("var", 0o711), Dir("var/tmp", 0o1777)]]);
    assert_eq!((rootfs.directory_meta("/var/tmp/").mode, rootfs.directory_meta("var").mtime), (0o1777, 1));
    assert_eq!(rootfs.directory_meta("app"), Meta::directory(0, 0));
    let parents = rootfs.parents(&fourply_blob::LayerPath::new("var/tmp/x/y").unwrap());
    let shown: Vec<_> = parents.iter().map(|(path, meta)| (path.as_str(), meta.mode)).collect();
    assert_eq!(shown, [("var", 0o711), ("var/tmp", 0o1777), ("var/tmp/x", 0o755)]);
}

fn node(parts: &[Part]) -> Option<String> {
    let tree = merge(&[parts]).unwrap();
    detect::node_by_header(&tree).or_else(|| detect::node_by_package(&tree))
}

#[test]
fn node_is_told_by_its_header_or_a_package() {
    let header = b"#ifndef X\n#define NODE_MAJOR_VERSION 20\n#define NODE_MINOR_VERSION 19\n#define NODE_PATCH_VERSION 2\n";
    assert_eq!(node(&[File("usr/local/include/node/node_version.h", header)]).as_deref(), Some("20.19.2"));
    let apk = b"C:Q1x\nP:npm\nV:10.8.0-r0\n\nP:nodejs\nV:20.15.1-r0\nA:x86_64\n\n";
    assert_eq!(node(&[File("lib/apk/db/installed", apk)]).as_deref(), Some("20.15.1"));
    assert_eq!(node(&[File("usr/lib/apk/db/installed", apk)]).as_deref(), Some("20.15.1"));
    let dpkg = b"Package: nodejs\nStatus: install ok installed\nVersion: 1:20.19.2+dfsg-1\n\nPackage: x\n";
    assert_eq!(node(&[File("var/lib/dpkg/status", dpkg)]).as_deref(), Some("20.19.2"));
    assert_eq!(node(&[File("var/lib/dpkg/status.d/nodejs", &dpkg[..60])]).as_deref(), None);
    assert_eq!(node(&[File("var/lib/dpkg/status.d/nodejs", dpkg)]).as_deref(), Some("20.19.2"));
    let removed = b"Package: nodejs\nStatus: deinstall ok config-files\nVersion: 20.19.2-1\n";
    assert_eq!(node(&[File("var/lib/dpkg/status", removed)]), None);
    assert_eq!(node(&[]), None);
}

#[test]
fn node_may_be_told_by_the_environment_if_it_is_there() {
    let env = ["PATH=/opt/node/bin:/bin".to_owned(), "NODE_VERSION=v22.1.0".to_owned()];
    let with = rootfs(&[&[Exe("opt/node/bin/node", b"x")]]);
    assert_eq!(detect::node_by_env(&with, &env).as_deref(), Some("22.1.0"));
    assert_eq!(detect::node_by_env(&rootfs(&[&[]]), &env), None);
}

#[test]
fn os_release_is_unquoted_and_found_behind_its_link() {
    let text = b"NAME=\"Debian GNU/Linux\"\nID=debian\n# no\nVERSION_ID='12'\n";
    let tree = merge(&[&[File("usr/lib/os-release", text), Link("etc/os-release", "../usr/lib/os-release")]])
        .unwrap();
    let release = detect::os_release(&tree);
    assert_eq!(release["NAME"], "Debian GNU/Linux");
    assert_eq!((release["ID"].as_str(), release["VERSION_ID"].as_str(), release.len()), ("debian", "12", 3));
}

#[test]
fn the_libc_is_that_of_the_base_s_own_programs() {
    // The shell of this host, whatever its C library, next to the other one's loader.
    let shell = std::fs::read(std::fs::canonicalize("/bin/sh").unwrap()).unwrap();
    let text = String::from_utf8_lossy(&shell[..4096]).into_owned();
    let (libc, other) = match text.contains("ld-musl-") {
        true => (Libc::Musl, "lib64/ld-linux-x86-64.so.2"),
        false => (Libc::Glibc, "lib/ld-musl-x86_64.so.1"),
    };
    let tree = merge(&[&[
        Exe("usr/bin/dash", &shell),
        Link("usr/bin/sh", "dash"),
        Link("bin", "usr/bin"),
        Exe(other, b""),
    ]])
    .unwrap();
    let (found, machine) = detect::libc(&tree);
    assert_eq!(found, Some(libc));
    let expected = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    assert_eq!(machine.as_ref().map(Architecture::as_str), Some(expected));
}

#[test]
fn without_programs_the_only_loader_counts() {
    let libc = |parts: &[Part]| detect::libc(&merge(&[parts]).unwrap()).0;
    assert_eq!(libc(&[Exe("lib/ld-musl-x86_64.so.1", b"")]), Some(Libc::Musl));
    assert_eq!(
        libc(&[Link("lib64", "usr/lib64"), Exe("usr/lib64/ld-linux-x86-64.so.2", b"")]),
        Some(Libc::Glibc)
    );
    assert_eq!(libc(&[Exe("lib/ld-linux-aarch64.so.1", b"")]), Some(Libc::Glibc));
    assert_eq!(libc(&[Link("lib/ld-musl-x86_64.so.1", "nowhere")]), None);
    assert_eq!(libc(&[Exe("lib/ld-musl-x86_64.so.1", b""), Exe("lib64/ld-linux-x86-64.so.2", b"")]), None);
    assert_eq!(libc(&[]), None);
}

proptest::proptest! {
    /// Whatever the links of a tree, following a path terminates.
    #[test]
    fn following_links_ends(links in proptest::collection::vec(("[a-c](/[a-c]){0,2}", "(/|../)?[a-c](/[a-c.]){0,3}"), 0..12), path in "[a-c](/[a-c]){0,5}") {
        let parts: Vec<Part> = links.iter().map(|(path, target)| Link(path, target)).collect();
        if let Ok(tree) = merge(&[&parts]) {
            let rootfs = RootfsMetadata { entries: tree.entries, ..RootfsMetadata::default() };
            if let Some((real, _)) = rootfs.lookup(&path) {
                proptest::prop_assert!(rootfs.entries.contains_key(real));
            }
        }
    }
}
