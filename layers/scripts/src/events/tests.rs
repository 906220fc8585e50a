#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;

#[test]
fn an_install_prepares_but_sets_up_no_git_hooks() {
    let events = |scripts: &str| {
        let json = format!(r#"{{"name": "x", "scripts": {{{scripts}}}}}"#);
        let manifest = Manifest::parse(&json, Path::new("/x")).unwrap();
        install_events(&manifest).map(|(event, _)| event).collect::<Vec<_>>()
    };
    let all = r#""prepare": "ts-patch install", "postprepare": "b", "preprepare": "a", "postinstall": "c", "prepublish": "d""#;
    assert_eq!(events(all), ["postinstall", "preprepare", "prepare", "postprepare"]);
    for hooks in
        ["husky", "cd ../.. && husky install", "is-ci || lefthook install", "simple-git-hooks || true"]
    {
        assert!(events(&format!(r#""prepare": "{hooks}""#)).is_empty(), "{hooks}");
    }
    for other in ["husky && tsc", "huskyish", "cd ../.. && true", "tsc -p husky"] {
        assert_eq!(events(&format!(r#""prepare": "{other}""#)), ["prepare"], "{other}");
    }
}
