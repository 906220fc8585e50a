use super::*;

#[test]
fn what_a_task_of_turbo_makes_goes_along_with_files() {
    let more = [
        ("shared/k/package.json", r#"{"name": "k", "files": ["dist"], "scripts": {"build": "tsc"}}"#),
        ("shared/k/src/index.ts", ""),
        ("shared/k/dist/index.js", ""),
        ("shared/k/gen/client.js", ""),
        ("shared/k/gen/client.ts", ""),
        ("shared/k/gen/.turbo/log", ""),
        ("shared/k/gen/kept.ts", ""),
    ];
    let edges: [(&str, &[&str]); 2] = [("services/a", &["shared/k"]), ("shared/k", &[])];
    let mut case = Case::new(&[&SERVICE[..], &more].concat(), &edges, &["services/a", "shared/k"]);
    case.given.retain(|path| !path.contains("/client.") && !path.contains(".turbo"));
    assert_eq!(case.captured(&["dist"]).unwrap()[2..], ["shared/k/dist/index.js", "shared/k/package.json"]);
    case.of_tasks = &[("shared/k", "gen/**")];
    let found = case.captured(&["dist"]).unwrap();
    assert_eq!(found[2..], ["shared/k/dist/index.js", "shared/k/gen/client.js", "shared/k/package.json"]);
}

#[test]
fn a_copy_of_a_file_at_its_place_is_no_second_one() {
    let more = [
        ("services/a/dist/public/logo.svg", "logo"),
        ("services/a/public/logo.svg", "logo"),
        ("services/a/public/robots.txt", ""),
    ];
    let mut case = Case::new(&[&SERVICE[..], &more].concat(), &[("services/a", &[])], &[]);
    case.files = vec![("public", Some("dist/public"))];
    let found = case.captured(&["dist"]).unwrap();
    assert!(found.contains(&"services/a/dist/public/robots.txt".to_owned()), "{found:?}");
    write(case.folder.path(), &[("services/a/public/logo.svg", "other")]);
    assert!(matches!(case.captured(&["dist"]), Err(AppError::TwoFiles { .. })));
}
