#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn codes_go_and_colours_stay_where_they_may_and_always_end() {
    let colours = Console { colours: true, ..Console::default() };
    let plain = Console::default();
    for (line, coloured, bare) in [
        ("\u{1b}[31mred", "\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m", "red"),
        ("\u{1b}[2K\u{1b}[1Gnew", "new", "new"),
        ("\u{1b}]0;title\u{7}x\u{1b}]8;;http://a\u{1b}\\y", "xy", "xy"),
        ("cut \u{1b}[3", "cut ", "cut "),
        ("cut \u{1b}", "cut ", "cut "),
        ("a\rb\u{8}", "ab", "ab"),
        ("\u{1b}[31ä", "ä", "ä"),
        ("look\u{9b}31m up", "look up", "look up"),
        ("plain\ttext", "plain\ttext", "plain\ttext"),
    ] {
        assert_eq!(colours.script(line), coloured, "{line:?}");
        assert_eq!(plain.script(line), bare, "{line:?}");
    }
}

#[test]
fn every_line_is_an_object_for_programs() {
    let json = Console { json: true, ..Console::default() };
    let text = json.lines("error: no \"x\"\ncaused by: y\nhint: z\n\nplain\n");
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let levels: Vec<&str> = objects.iter().map(|object| object["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "cause", "hint", "info"]);
    assert_eq!(objects[0]["message"], "no \"x\"");
}

#[test]
fn errors_and_warnings_are_annotations_of_one_line() {
    let github = Console { runner: Some(Runner::Github), ..Console::default() };
    let error = "error: cannot use /w/fourply.toml\ncaused by: line 3: 100% wrong\nhint: x\n";
    let expected = "::error file=fourply.toml,line=3::cannot use /w/fourply.toml%0Acaused by: line 3: 100%25 wrong%0Ahint: x\n";
    assert_eq!(github.lines(error), expected);
    let script = "error: the script \"build\" of services/a ended with exit code 1: tsc\n";
    assert!(github.lines(script).starts_with("::error file=services/a/package.json::the script"));
    assert_eq!(github.lines("warning: a\n"), "::warning::a\n");
    assert_eq!(github.lines("plain\n"), "plain\n");
    // What a message quotes writes no command of its own.
    assert_eq!(github.lines("error: x\n::add-mask::y\n").lines().count(), 1);
}

#[test]
fn nothing_that_others_wrote_is_a_command_of_a_runner() {
    for runner in [Runner::Github, Runner::Gitlab] {
        let console = Console { runner: Some(runner), colours: true, ..Console::default() };
        assert_eq!(console.script("\u{b}\u{85}::add-mask::x"), "| ::add-mask::x");
        assert_eq!(console.script("\u{1b}[31m##\u{1b}[2K[error]x"), "\u{1b}[31m## [error]x\u{1b}[0m");
        assert_eq!(console.script("\u{1b}[0Ksection_end:1:a\r\u{1b}[0K"), "section_end :1:a");
        assert_eq!(console.lines("a\n::b::c\r::d\u{1b}]0;t\u{7}\n"), "a\n| ::b::c\\r::d\n");
        let (before, after) = console.group("a\n::b\r: build: ##[x]\u{1b}[0K", 1).unwrap();
        assert!(before.ends_with("a\\n::b\\r: build: ## [x]\\u{1b}[0K\n"), "{before:?}");
        assert_eq!(before.lines().count() + after.lines().count(), 2);
    }
}

#[test]
fn names_do_not_steer_a_terminal() {
    let plain = Console::default();
    assert_eq!(plain.name("a\n\u{1b}[2Jb"), "a\\n\\u{1b}[2Jb");
    assert_eq!(plain.lines("a\u{8}\u{1b}[2J\tb\r\n::c\n"), "a\\u{8}\tb\n::c\n");
}
