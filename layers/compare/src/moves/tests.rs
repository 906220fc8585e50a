use super::Moves;
use crate::files::{Found, ImageFile};
use crate::kind::FileKind;
use crate::known::tests::known;

fn entries(moved: &[(&str, &str)]) -> Vec<(String, Option<String>, usize)> {
    let mut known = known();
    known.sources.extend(["docker/ca.pem", "docker/entry.sh"].map(str::to_owned));
    let file = |(source, path): &(&str, &str)| ImageFile {
        path: format!("services/auth/{path}"),
        bytes: 0,
        kind: FileKind::Needed,
        source: Some((*source).to_owned()),
    };
    let files: Vec<ImageFile> = moved.iter().map(file).collect();
    let (mut moves, mut found) = (Moves::of(&known, &files), Found::default());
    files.iter().for_each(|file| moves.tell(file, file.source.as_deref().unwrap(), &mut found));
    found.missing.into_iter().map(|entry| (entry.from, entry.to, entry.count)).collect()
}

#[test]
fn a_folder_stands_for_its_files_only_if_all_moved() {
    let entry = |from: &str, to: &str, count| (from.to_owned(), Some(to.to_owned()), count);
    let alone = ("docker/ca.pem", "certs/ca.pem");
    assert_eq!(entries(&[alone]), [entry("docker/ca.pem", "certs/ca.pem", 1)]);
    let other_name = ("docker/ca.pem", "certs/own.pem");
    assert_eq!(entries(&[other_name]), [entry("docker/ca.pem", "certs/own.pem", 1)]);
    assert_eq!(entries(&[alone, ("docker/entry.sh", "certs/entry.sh")]), [entry("docker", "certs", 2)]);
    // The same file at two places is two entries.
    let twice = entries(&[alone, ("docker/ca.pem", "x/ca.pem")]);
    assert_eq!(twice, [entry("docker/ca.pem", "certs/ca.pem", 1), entry("docker/ca.pem", "x/ca.pem", 1)]);
}
