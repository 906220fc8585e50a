#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn what_is_hidden_is_left_out_and_what_lies_beside_it_is_not() {
    let folder = tempfile::TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for path in ["src/app/packages", "src/other", "bin"] {
        std::fs::create_dir_all(root.join(path)).unwrap();
    }
    let mut seen = without(&root, &[root.join("src/app")]);
    seen.sort();
    assert_eq!(seen, [root.join("bin"), root.join("src/other")]);
    let mut seen = without(&root, &[root.join("elsewhere")]);
    seen.sort();
    assert_eq!(seen, [root.join("bin"), root.join("src")]);
    assert_eq!(without(&root, std::slice::from_ref(&root)), Vec::<PathBuf>::new());
    assert_eq!(without(&root, &["/nowhere".into()]), [root]);
}
