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
