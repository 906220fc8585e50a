#![allow(clippy::unwrap_used)]

use super::*;

fn flat(text: &str) -> Option<String> {
    let show = |placed: &Placed<'_>| match placed.token {
        Token::Word(word) => word.to_owned(),
        Token::Text(text) => format!("'{text}'"),
        Token::Tail(text) => format!("}}{text}"),
        Token::Value => "#".to_owned(),
        Token::Sign(sign) => sign.to_string(),
        Token::Part(text) => format!("<{text}>"),
    };
    Some(tokens(text.as_bytes())?.iter().map(show).collect::<Vec<_>>().join(" "))
}

#[test]
fn strings_comments_templates_and_regular_expressions_are_told_apart() {
    for (text, expected) in [
        ("#!/usr/bin/env node\nlet a = 'b' // c '\n", "let a = 'b'"),
        ("a /* ' */ / b / c", "a / b / c"),
        ("a = /['\"`]/g; b", "a = # ; b"),
        ("a = /[/]'/; b", "a = # ; b"),
        ("if (a) /'/.test(b)", "if ( a ) # . test ( b )"),
        ("f(a) / 2 / 'x'", "f ( a ) / 2 / 'x'"),
        ("return /'/", "return #"),
        ("x.return / 2", "x . return / 2"),
        ("a++ / 2; b + /'/", "a + + / 2 ; b + #"),
        ("function f() {} /'/", "function f ( ) { } #"),
        ("a = {} / 2", "a = { } / 2"),
        ("() => {} ", "( ) = > { }"),
        ("`a ${b + `'${c}`} \\` '` + d", "b + c } # + d"),
        ("`a/b` + `${c}/d`", "'a/b' + c }/d"),
        ("'a\\'b' + \"\\\\\"", "# + #"),
        ("'\\\u{e9}'", "#"),
        ("this.#x = 1_000", "this . #x = 1_000"),
    ] {
        assert_eq!(flat(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_told() {
    for text in ["'a\n'", "a)", "(a", "`a", "/* a", "a = /b\n", "{ ( }", "<p>it's</p>\n"] {
        assert_eq!(flat(text), None, "{text}");
    }
    assert_eq!(tokens(b"\xff"), None);
}

#[test]
fn depth_counts_brackets() {
    let found = tokens(b"a(b{c})d").unwrap();
    let depths: Vec<usize> = found.iter().map(|placed| placed.depth).collect();
    assert_eq!(depths, [0, 0, 1, 1, 2, 1, 0, 0]);
}
