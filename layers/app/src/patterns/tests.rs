#![allow(clippy::unwrap_used)]

use super::*;

fn patterns(texts: &[&str]) -> Patterns {
    Patterns::new(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_folder_stands_for_all_that_is_in_it() {
    let dist = patterns(&["dist/"]);
    for path in ["dist", "dist/main.js", "dist/a/b.js"] {
        assert!(dist.names(path), "{path}");
    }
    for path in ["distant", "src/dist", "src/dist/main.js", "main.js"] {
        assert!(!dist.names(path), "{path}");
    }
}

#[test]
fn a_star_stays_in_its_folder_and_two_do_not() {
    let some = patterns(&["*.node", "lib/**/*.js"]);
    assert!(some.names("a.node") && some.names("lib/x.js") && some.names("lib/a/b/x.js"));
    assert!(!some.names("a/b.node") && !some.names("lib/x.ts"));
}

#[test]
fn an_exclamation_mark_takes_away() {
    let some = patterns(&["dist", "!dist/**/*.map", "!dist/test"]);
    assert!(some.names("dist/main.js"));
    assert!(!some.names("dist/main.js.map") && !some.names("dist/test/a.js"));
    assert_eq!(some.texts(), ["dist"]);
}

#[test]
fn a_pattern_cannot_leave_the_package() {
    for text in ["../x", "/etc", "a/../../b", "", "."] {
        let result = Patterns::new(&[text.to_owned()]);
        assert!(text == "." || matches!(result, Err(AppError::PatternOut { .. })), "{text}");
    }
    assert!(matches!(Patterns::new(&["[".to_owned()]), Err(AppError::Pattern { .. })));
}
