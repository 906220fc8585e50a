#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn files_behind_links_out_of_the_folder_are_refused() {
    let all = tempfile::TempDir::new().unwrap();
    let root = all.path().join("build");
    for folder in ["build/shared", "host"] {
        std::fs::create_dir_all(all.path().join(folder)).unwrap();
        std::fs::write(all.path().join(folder).join("a.json"), "{}").unwrap();
    }
    symlink("shared", root.join("config")).unwrap();
    symlink("../host", root.join("out")).unwrap();
    symlink("../host/a.json", root.join("package.json")).unwrap();
    let file =
        |path: &str| SourceFile { path: path.to_owned(), kind: SourceKind::File { executable: false } };
    let check = |path: &str| files_stay_inside(&root, &[&file(path)]).map_err(|error| error.to_string());
    assert_eq!(check("shared/a.json"), Ok(()));
    assert_eq!(check("config/a.json"), Ok(()));
    for (path, link) in [("out/a.json", "out"), ("package.json", "package.json")] {
        assert!(
            check(path).unwrap_err().contains(&format!("{link} in the build folder is a link")),
            "{path}"
        );
    }
    assert!(check("shared").unwrap_err().contains("is no longer a file"));
    assert!(stays_inside(&root, "config").is_ok());
    assert!(stays_inside(&root, "out").is_err());
}
