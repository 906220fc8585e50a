#![allow(clippy::unwrap_used)]

use super::plain;

#[test]
fn what_it_takes_is_what_the_grammar_says() {
    let long = format!("a.example/{}:1", "a".repeat(250));
    let tag = format!("a.example/b:{}", "t".repeat(129));
    let cases = [
        ("127.0.0.1:5000/erp/auth:1", true),
        ("registry.example/a-b/c.d/e0:v1.2-rc_3", true),
        ("a.example:5000/x:_", true),
        ("docker.io/node:1", false),
        ("index.docker.io/library/node:1", false),
        ("node:1", false),
        ("localhost/a:1", false),
        ("a.example/b", false),
        ("a.example/B:1", false),
        ("a.example/b__c:1", false),
        ("a.example/b..c:1", false),
        ("a.example/-b:1", false),
        ("a.example//b:1", false),
        ("a.example:/b:1", false),
        ("a.example:x/b:1", false),
        (".example/b:1", false),
        ("a.example/b:.1", false),
        ("a.example/b:1@sha256:12", false),
        ("a.example/b:1 ", false),
        ("a.example/b:", false),
        (&long, false),
        (&tag, false),
    ];
    for (text, taken) in cases {
        let found = plain(text);
        assert_eq!(found.is_some(), taken, "{text}");
        let grammar = text.parse::<oci_client::Reference>();
        assert!(found.is_none_or(|found| found == grammar.unwrap()), "{text}");
    }
}
