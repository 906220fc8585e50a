//! `fourply lock`, and what builds do with `fourply.lock`: they write it, add to it, keep to it, and refuse one that lost a part.

use std::path::Path;
use std::process::Command;

use super::base::{WITHOUT_NODE, configure, minirootfs, tiny};
use super::program::{copy_workspace, digest, error, fourply, run, tool};
use super::repacked;
use super::{example, fixtures, scratch};

/// An image of Alpine's root file system, under the name `one`.
pub fn image(folder: &Path, label: &str) {
    let layout = folder.join("base");
    let image = format!("{}:one", layout.display());
    if !layout.exists() {
        let packed = fixtures::dir().join("alpine/minirootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz");
        let plain = folder.join("rootfs.tar");
        let script = "gzip -dc \"$0\" > \"$1\"";
        tool("sh", &["-ec", script, packed.to_str().unwrap(), plain.to_str().unwrap()]);
        tool("umoci", &["init", "--layout", layout.to_str().unwrap()]);
        tool("umoci", &["new", "--image", &image]);
        tool("umoci", &["raw", "add-layer", "--image", &image, plain.to_str().unwrap()]);
        tool("umoci", &["config", "--image", &image, "--architecture", "amd64", "--os", "linux"]);
    }
    tool("umoci", &["config", "--image", &image, "--config.label", label]);
}

#[test]
#[ignore = "needs the fixtures and umoci"]
fn an_image_of_the_fixture_that_changes_under_its_name_is_not_what_was_locked() {
    let dir = scratch();
    let root = dir.path().join("erp");
    copy_workspace(&example(), &root);
    let text = format!("[base]\nimage = \"oci:{}:one\"\n", dir.path().join("base").display());
    std::fs::write(root.join("fourply.toml"), text).unwrap();
    image(dir.path(), "a=1");
    let output = format!("type=oci,dest={}", dir.path().join("image").display());
    let build = || fourply(&root, &["build", "services/auth", "--locked", "-o", &output]);
    assert!(error(&mut build(), 1).contains("there is no fourply.lock"));
    let locked = run(&mut fourply(&root, &["lock", "--offline"]));
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
    let before = std::fs::read_to_string(root.join("fourply.lock")).unwrap();
    assert!(before.contains("[platform.\"linux/amd64\"]\nmanifest = \"sha256:"), "{before}");
    // Locked again, nothing changes.
    assert!(run(&mut fourply(&root, &["lock", "--offline"])).status.success());
    assert_eq!(std::fs::read_to_string(root.join("fourply.lock")).unwrap(), before);
    image(dir.path(), "a=2");
    let said = error(&mut build(), 1);
    assert!(said.contains("the base is not as it is locked: the image is sha256:"), "{said}");
    std::fs::write(root.join("fourply.lock"), "version = 9\n[asked]\n").unwrap();
    assert!(error(&mut build(), 1).contains("of version 9"));
}

/// What a command said, which has to succeed.
fn said(command: &mut Command) -> String {
    let output = run(command);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
#[ignore = "needs the fixtures and openssl"]
fn fixture_a_build_locks_its_base_adds_what_is_new_and_refuses_what_lost_a_line() {
    let (tiny, _npm) = tiny("");
    let repo = tiny.root.join("apks");
    let public = repacked::key(&tiny.root.join("test.rsa"));
    repacked::repack(&minirootfs("x86_64"), "x86_64", &repo, &tiny.root.join("test.rsa"));
    let public = public.file_name().unwrap();
    let ask = |packages: &str| {
        let base =
            format!("alpine = {{ packages = [{packages}], repositories = [\"apks\"], keys = [{public:?}] }}");
        configure(&tiny, &format!("{base}\n{WITHOUT_NODE}"));
    };
    let file = tiny.root.join("fourply.lock");
    let read = || std::fs::read_to_string(&file).unwrap();
    let build = |ci: &str, more: &[&str]| {
        let mut command = tiny.build();
        command.args(more).env("CI", ci);
        command
    };

    // A runner takes what there is, says so, and leaves the workspace as it was.
    ask("\"zlib\"");
    let text = said(&mut build("true", &[]));
    assert!(text.contains("there is no fourply.lock: this build took"), "{text}");
    assert!(text.contains("alpine-baselayout 3.6.5-r0 added") && !file.exists(), "{text}");
    // Elsewhere the base is locked, once.
    assert!(said(&mut build("", &[])).contains("fourply.lock: written"));
    let first = read();
    assert!(first.contains("url = \"apks/x86_64/zlib-1.3.1-r1.apk\""), "{first}");
    assert!(!said(&mut build("", &[])).contains("fourply.lock"));
    // What is new is added; the rest stays.
    ask("\"zlib\", \"apk-tools\"");
    let refused = error(&mut build("", &["--locked"]), 1);
    assert!(refused.contains("alpine apk-tools is not locked"), "{refused}");
    let text = said(&mut build("true", &[]));
    assert!(
        text.contains(
            "(alpine apk-tools is not locked): this build took apk-tools 2.14.4-r0 added, libcrypto3"
        ),
        "{text}"
    );
    let text = said(&mut build("", &[]));
    assert!(text.contains("fourply.lock: apk-tools 2.14.4-r0 added, libcrypto3 3.3.2-r0 added"), "{text}");
    let both = read();
    let package = |name: &str| {
        let start = both.find(&format!("apk.{name}]")).unwrap();
        both[start..].split("\n\n").next().unwrap().to_owned()
    };
    assert!(package("zlib").contains("version = \"1.3.1-r1\""));

    // The lock holds in another folder, with another store, and without an index.
    let moved = tiny.dir.path().join("moved");
    copy_workspace(&tiny.root, &moved);
    std::fs::remove_file(moved.join("apks/x86_64/APKINDEX.tar.gz")).unwrap();
    let output = format!("type=oci-archive,dest={}", tiny.dir.path().join("moved.tar").display());
    let mut there = fourply(&moved, &["build", "services/a", "--locked", "-o", &output]);
    there.env("FOURPLY_STORE", tiny.dir.path().join("moved-store"));
    assert_eq!(digest(&mut there), digest(&mut build("", &["--locked"])));

    // A package that a merge lost.
    let lost = format!("[platform.\"linux/amd64\".{}\n\n", package("musl"));
    assert!(both.contains(&lost));
    std::fs::write(&file, both.replace(&lost, "")).unwrap();
    let refused = error(&mut build("", &["--locked"]), 1);
    let missing = "packages are missing: musl>=1.2.3_git20230424 (apk-tools needs it), so:libc";
    assert!(refused.contains(missing) && refused.contains("fourply lock"), "{refused}");
    // A lock in conflict is written again, and all its platforms stay.
    std::fs::write(&file, format!("<<<<<<< ours\n{both}=======\n{both}>>>>>>> theirs\n")).unwrap();
    let refused = error(&mut build("", &[]), 1);
    assert!(
        refused.contains("fourply.lock cannot be read: line 1: ") && refused.contains("take one side"),
        "{refused}"
    );
    assert!(said(&mut tiny.fourply(&["lock"])).contains("it is written again"));
    assert_eq!(read(), both);
}
