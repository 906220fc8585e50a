#![allow(clippy::unwrap_used)]

use super::*;

fn of(root: &Path, places: &[&str]) -> Vec<String> {
    globs(root, places.iter().map(|place| root.join(place)))
}

#[test]
fn places_in_the_workspace_become_globs_from_its_root() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    std::fs::create_dir(root.join("real")).unwrap();
    std::os::unix::fs::symlink("real", root.join("link")).unwrap();
    assert_eq!(of(&root, &["services/a/x.tar"]), ["services/a/x.tar", "services/a/.fourply-*"]);
    assert_eq!(of(&root, &["out/{service}.tar"]), ["out/*.tar", "out/.fourply-*"]);
    assert_eq!(
        of(&root, &["link/a[1].tar", "real/../b"]),
        ["real/a[[]1[]].tar", "real/.fourply-*", "b", ".fourply-*"]
    );
    assert!(of(&root, &["..", "../x.tar", "/tmp/x", "."]).is_empty());
}
