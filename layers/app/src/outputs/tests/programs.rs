use super::*;

#[test]
fn sources_that_run_go_along_with_files_and_what_their_configuration_extends() {
    let service = [
        ("package.json", "{}"),
        ("tsconfig.base.json", r#"{"extends": ["./config/strict", "some-package/tsconfig.json"]}"#),
        ("config/strict.json", "{}"),
        ("services/a/package.json", r#"{"scripts": {"start": "tsx src/main.ts"}}"#),
        ("services/a/src/main.ts", ""),
        ("services/a/src/job.ts", ""),
        ("services/a/tsconfig.json", r#"{"extends": "../../tsconfig.base.json"}"#),
        ("services/a/db/a.sql", ""),
    ];
    let expected = [
        "config/strict.json",
        "services/a/db/a.sql",
        "services/a/package.json",
        "services/a/src/job.ts",
        "services/a/src/main.ts",
        "services/a/tsconfig.json",
        "tsconfig.base.json",
    ];
    let mut case = Case::new(&service, &[("services/a", &[])], &[]);
    case.named = false;
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    case.files = vec![("db", None)];
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    case.program = Some("src/job.ts");
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    assert_eq!(case.captured(&["db"]).unwrap(), expected, "no output has it");
    assert_eq!(case.captured(&["src"]).unwrap().len(), 4, "an output has it");
    (case.named, case.program) = (true, None);
    assert_eq!(case.captured(&["src/main.ts"]).unwrap().len(), 3, "configured outputs decide alone");
}

#[test]
fn what_a_task_of_turbo_makes_goes_along_with_files() {
    let more = [
        ("shared/k/package.json", r#"{"name": "k", "files": ["dist"], "scripts": {"build": "tsc"}}"#),
        ("shared/k/src/index.ts", ""),
        ("shared/k/dist/index.js", ""),
        ("shared/k/gen/client.js", ""),
        ("shared/k/gen/.turbo/log", ""),
        ("shared/k/gen/kept.ts", ""),
    ];
    let edges: [(&str, &[&str]); 2] = [("services/a", &["shared/k"]), ("shared/k", &[])];
    let mut case = Case::new(&[&SERVICE[..], &more].concat(), &edges, &["services/a", "shared/k"]);
    case.given.retain(|path| !path.ends_with("client.js") && !path.contains(".turbo"));
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
