//! `fourply lock` and `build --locked`, for what is not composed: an image that changes under its name.

use std::path::Path;

use super::program::{copy_workspace, error, fourply, run, tool};
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
