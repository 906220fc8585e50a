use super::Moves;
use crate::known::tests::known;

fn entries(moved: &[(&str, &str)]) -> Vec<(String, Option<String>, usize)> {
    let mut known = known();
    known.sources.extend(["docker/ca.pem", "docker/entry.sh"].map(str::to_owned));
    let files: Vec<(&str, String)> =
        moved.iter().map(|(source, path)| (*source, format!("services/auth/{path}"))).collect();
    let mut moves = Moves::of(&known, files.iter().map(|(source, path)| (*source, path.as_str())));
    let (mut entries, mut notes) = (Vec::new(), Vec::new());
    files.iter().for_each(|(source, path)| moves.tell(path, source, (&mut entries, &mut notes)));
    assert_eq!(notes, []);
    entries.into_iter().map(|entry| (entry.from, entry.to, entry.count)).collect()
}

#[test]
fn a_folder_stands_for_its_files_only_if_all_moved() {
    let entry = |from: &str, to: &str, count| (from.to_owned(), Some(to.to_owned()), count);
    let alone = ("docker/ca.pem", "certs/ca.pem");
    assert_eq!(entries(&[alone]), [entry("docker/ca.pem", "certs/ca.pem", 1)]);
    let other_name = ("docker/ca.pem", "certs/own.pem");
    assert_eq!(entries(&[other_name]), [entry("docker/ca.pem", "certs/own.pem", 1)]);
    assert_eq!(entries(&[alone, ("docker/entry.sh", "certs/entry.sh")]), [entry("docker", "certs", 2)]);
    // The same file at two locations gives two entries.
    let twice = entries(&[alone, ("docker/ca.pem", "x/ca.pem")]);
    assert_eq!(twice, [entry("docker/ca.pem", "certs/ca.pem", 1), entry("docker/ca.pem", "x/ca.pem", 1)]);
}
