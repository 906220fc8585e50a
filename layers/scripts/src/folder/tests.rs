#![allow(clippy::unwrap_used)]

use std::process::Command;

use super::*;

#[test]
fn a_pipe_in_the_place_of_package_json_is_refused_and_a_folder_is_no_package() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("package.json");
    let read = || Folder::read(folder.path(), Links::Dropped).map(|folder| folder.files.len());
    assert!(Command::new("mkfifo").arg(&manifest).status().unwrap().success());
    let refused = read().unwrap_err().to_string();
    assert!(refused.contains("package.json must be a file, and is a pipe"), "{refused}");
    std::fs::remove_file(&manifest).unwrap();
    std::fs::create_dir(&manifest).unwrap();
    std::fs::write(folder.path().join("index.js"), "1").unwrap();
    assert_eq!(read().unwrap(), 1);
    std::fs::remove_dir(&manifest).unwrap();
    std::fs::write(&manifest, "{}").unwrap();
    assert_eq!(read().unwrap(), 2);
}
