use super::*;

#[test]
fn a_folder_stands_for_its_files_where_nothing_of_it_is_in() {
    let mut left = LeftOut::default();
    for path in ["README.md", "tools/README.md", "tools/x/a.txt", "tools/x/b.txt", "data/one", "data/two"] {
        left.note_root(path, false);
    }
    left.note_root("docs", true);
    left.note_docker_ignored("services/a/notes", true);
    let folded = left.folded(&BTreeSet::from(["package.json", "tools/gen.mjs", "services/a/src/main.ts"]));
    let root: Vec<&str> = folded.root.iter().map(String::as_str).collect();
    assert_eq!(root, ["README.md", "data/", "docs/", "tools/README.md", "tools/x/"]);
    assert_eq!(folded.docker_ignored, BTreeSet::from(["services/a/notes/".to_owned()]));
}
