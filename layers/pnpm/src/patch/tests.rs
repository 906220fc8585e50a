#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::{PatchFile, patch_files};

fn applied(patch: &str) -> Result<BTreeMap<String, PatchFile>, String> {
    let file = |text: &str| PatchFile::Regular { executable: false, bytes: text.as_bytes().to_vec() };
    let mut files = BTreeMap::from([("a.js".to_owned(), file("one\ntwo\nthree\n"))]);
    patch_files(patch, &mut files)?;
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
        (edit("b.js", hunk), "b.js does not exist"),
        (edit("a.js", "@@ -1,9 +1,9 @@\n one\n"), "differs from its header"),
        (edit("a.js", "@@ -x +1 @@\n"), "is not a hunk header"),
        (edit("a.js", "GIT binary patch\n"), "binary"),
        ("nothing".to_owned(), "changes no file"),
        ("diff --git a/a.js b/a.js\nnew file mode 100644\n@@ -0,0 +1 @@\n+x\n".to_owned(), "already exists"),
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
