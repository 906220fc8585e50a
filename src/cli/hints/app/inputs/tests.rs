#![allow(clippy::unwrap_used)]

use fourply_app::GitIgnored;
use fourply_pnpm::ImporterId;

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
