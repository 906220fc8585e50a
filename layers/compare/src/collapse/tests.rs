use std::collections::BTreeSet;

use super::collapse;

#[test]
fn a_folder_stands_for_its_files_only_if_all_are_meant() {
    let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<String>>();
    let all = set(&["a/b/1", "a/b/2", "a/c", "a/d/x", "top", "a/d/y/z"]);
    let meant = set(&["a/b/1", "a/b/2", "a/d/y/z", "top"]);
    let found: Vec<_> = collapse(&meant, &all, &|_| true).into_iter().collect();
    assert_eq!(found, [("a/b".to_owned(), 2), ("a/d/y".to_owned(), 1), ("top".to_owned(), 1)]);
    let found = collapse(&all, &all, &|folder| folder != "a");
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), ["a/b", "a/c", "a/d", "top"]);
}
