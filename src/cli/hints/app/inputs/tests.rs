#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn an_ignored_file_is_named_with_the_line_that_excludes_it() {
    let ignored = GitIgnored {
        path: "services/a/gen/x.ts".to_owned(),
        file: ".gitignore".to_owned(),
        line: 12,
        pattern: "**/gen/*.ts".to_owned(),
    };
    let failure = ScriptFailure {
        attempts: fourply_scripts::Attempts::default(),
        package: ImporterId::new("services/a").unwrap(),
        script: "build".to_owned(),
        command: "tsc".to_owned(),
        ended: fourply_scripts::Ended::Status(1),
        log: String::new(),
        network: false,
        left_out: LeftOut::default(),
        unresolved: None,
        git_ignored: vec![ignored],
    };
    let hint = named(&failure).unwrap();
    assert!(hint.contains("services/a/gen/x.ts (.gitignore:12: **/gen/*.ts)"), "{hint}");
    assert!(hint.contains(r#"inputs = ["services/a/gen/**"]"#), "{hint}");
}

#[test]
fn the_line_that_keeps_a_file_from_builds_is_told_for_what_the_image_misses() {
    let told = |path: &str, file: &str| {
        let (file, pattern) = (file.to_owned(), "x".to_owned());
        let one = GitIgnored { path: path.to_owned(), file, line: 3, pattern };
        excluded(&one, &ImporterId::new("services/a").unwrap())
    };
    let own = told("services/a/src/x.js", ".gitignore");
    assert!(own.contains(".gitignore:3 (x) excludes it") && own.contains("[build] inputs"), "{own}");
    assert!(!own.contains("files ="), "{own}");
    let other = told("packages/s/gen/x.js", "packages/s/.gitignore");
    assert!(other.contains(r#"[services.a] files = ["/packages/s/gen/x.js"]"#), "{other}");
    let docker = told("services/a/src/x.js", ".dockerignore");
    assert!(docker.contains(".dockerignore:3") && !docker.contains("inputs"), "{docker}");
}
