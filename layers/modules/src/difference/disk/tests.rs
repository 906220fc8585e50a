#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_script_may_name_the_folders_above_its_workspace() {
    let planned = Digest::of(b"NODE_PATH=\"/app/lib/node_modules:/app/node_modules:/node_modules:/app/node_modules/.pnpm/node_modules\"\n");
    let real = "NODE_PATH=\"/a/b/ws/lib/node_modules:/a/b/ws/node_modules:/a/b/node_modules:/a/node_modules:/node_modules:/a/b/ws/node_modules/.pnpm/node_modules\"\n";
    let place = |text: &str| place(text.as_bytes(), planned, Path::new("/a/b/ws"), "/app");
    assert_eq!(place(real).as_deref(), Some("/a/b/ws"));
    assert_eq!(place(&real.replace("/a/b/ws/lib", "/a/b/ws/other")), None);
    // A folder that is not a parent.
    assert_eq!(place(&real.replace(":/a/node_modules", ":/c/node_modules")), None);
}

#[test]
fn what_lies_outside_of_node_modules_is_walked_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["node_modules/.store", ".store/a", "src"] {
        std::fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    let found = walk(folder.path(), ["node_modules".to_owned(), ".store".to_owned()].iter()).unwrap();
    let paths: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(paths, [".store", ".store/a", "node_modules", "node_modules/.store"]);
}
