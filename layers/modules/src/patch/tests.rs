#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::{PatchFile, apply, parse, read};
use crate::closure::testing::workspace;
use crate::{DepPath, PatchEntry};

fn applied(patch: &str) -> Result<BTreeMap<String, PatchFile>, String> {
    let file = |text: &str| PatchFile::Regular { executable: false, bytes: text.as_bytes().to_vec() };
    let mut files = BTreeMap::from([("a.js".to_owned(), file("one\ntwo\nthree\n"))]);
    apply::apply(&parse::parse(patch)?, &mut files)?;
    Ok(files)
}

fn edit(path: &str, hunk: &str) -> String {
    format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{hunk}")
}

#[test]
fn a_patch_that_fits_is_applied_and_one_that_does_not_is_refused_whole() {
    let hunk = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    let files = applied(&edit("a.js", hunk)).unwrap();
    assert!(matches!(&files["a.js"], PatchFile::Regular { bytes, .. } if bytes == b"one\n2\nthree\n"));
    for (patch, word) in [
        (edit("a.js", &hunk.replace("-two", "-zwei")), "line 1"),
        (edit("b.js", hunk), "b.js is not there"),
        (edit("a.js", "@@ -1,9 +1,9 @@\n one\n"), "as its head says"),
        (edit("a.js", "@@ -x +1 @@\n"), "no head of a hunk"),
        (edit("a.js", "GIT binary patch\n"), "binary"),
        ("nothing".to_owned(), "changes no file"),
        ("diff --git a/a.js b/a.js\nnew file mode 100644\n@@ -0,0 +1 @@\n+x\n".to_owned(), "there already"),
        ("diff --git a/l b/l\nnew file mode 120000\n@@ -0,0 +1 @@\n+/etc\n".to_owned(), "120000"),
    ] {
        let error = applied(&patch).unwrap_err();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn no_patch_leaves_its_package() {
    let new = |path: &str| format!("diff --git a/{path} b/{path}\nnew file mode 100755\n@@ -0,0 +1 @@\n+x\n");
    for path in ["../x", "a/../../x", "/etc/x", "./../x", ""] {
        let rename = format!("diff --git a/a.js b/{path}\nrename from a.js\nrename to {path}\n");
        let delete = format!("diff --git a/{path} b/{path}\ndeleted file mode 100644\n");
        for patch in [new(path), edit(path, "@@ -1 +1 @@\n-one\n+x\n"), rename, delete] {
            assert!(applied(&patch).is_err(), "{patch}");
        }
    }
}

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
        assert!(error(path).contains("is nowhere"), "{path:?}");
    }
    fs_err::write(dir.path().join("x.patch"), "other").unwrap();
    assert!(error(Some("x.patch")).contains("is not the patch that the lockfile was made with"));
}
