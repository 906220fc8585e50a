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
fn a_configuration_file_above_goes_along_with_links_to_packages_that_it_names() {
    let files = [
        ("package.json", "{}"),
        ("config/package.json", r#"{"name": "config"}"#),
        ("config/base.json", "{}"),
        ("services/tsconfig.json", r#"{"extends": "config/base.json"}"#),
        ("services/a/package.json", r#"{"scripts": {"start": "tsx src/main.ts"}}"#),
        ("services/a/src/main.ts", ""),
        ("services/a/tsconfig.build.json", r#"{"extends": "config/base"}"#),
    ];
    let mut case = Case::new(&files, &[("services/a", &[])], &[]);
    case.named = false;
    let expected = [
        "config/base.json",
        "config/package.json",
        "node_modules/config",
        "services/a/node_modules/config",
        "services/a/package.json",
        "services/a/src/main.ts",
        "services/a/tsconfig.build.json",
        "services/tsconfig.json",
    ];
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    // Its own file has priority.
    write(case.folder.path(), &[("services/a/tsconfig.json", "{}")]);
    assert!(!case.captured(&["dist"]).unwrap().contains(&"services/tsconfig.json".to_owned()));
    // A dependency has its link already.
    let mut case = Case::new(&files, &[("services/a", &["config"]), ("config", &[])], &[]);
    case.named = false;
    let found = case.captured(&["dist"]).unwrap();
    assert!(!found.contains(&"services/a/node_modules/config".to_owned()), "{found:?}");
    let link =
        case.all(&["dist"]).unwrap().into_iter().find(|one| one.at() == "node_modules/config").unwrap();
    assert_eq!(link.source.kind, SourceKind::Symlink { target: "../config".to_owned() });
}
