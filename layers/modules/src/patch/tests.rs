#![allow(clippy::unwrap_used)]

use fourply_pnpm::{DepPath, PatchEntry};

use super::read;
use crate::testing::workspace;

#[test]
fn a_patch_is_read_only_from_the_workspace_and_only_with_its_hash() {
    let dir = tempfile::tempdir().unwrap();
    let mut workspace = workspace("lockfileVersion: '9.0'\n");
    workspace.root = dir.path().to_path_buf();
    let hash = "a".repeat(64);
    let dep_path = DepPath::new(format!("x@1.0.0(patch_hash={hash})"));
    let mut error = |path: Option<&str>| {
        let entry = PatchEntry { hash: hash.clone(), path: path.map(str::to_owned) };
        workspace.lockfile.patched_dependencies.insert("x@1.0.0".to_owned(), entry);
        read(&workspace, &dep_path, &hash).err().unwrap().to_string()
    };
    for path in [None, Some("../x.patch"), Some("/etc/passwd")] {
        assert!(error(path).contains("has no file"), "{path:?}");
    }
    fs_err::write(dir.path().join("x.patch"), "other").unwrap();
    assert!(error(Some("x.patch")).contains("is not the patch that the lockfile was made with"));
}
