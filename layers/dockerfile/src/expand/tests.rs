use std::collections::BTreeMap;

use super::Variables;

fn expanded(word: &str) -> Result<String, &'static str> {
    let values = [("A", "one"), ("EMPTY", ""), ("PORT", "3000")];
    let values: BTreeMap<String, String> =
        values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Variables::new(&BTreeMap::new(), &values).expand(word, '\\')
}

#[test]
fn words_are_expanded_as_docker_does() {
    let words = [
        ("$A-x", "one-x"),
        ("${A}x", "onex"),
        ("${B:-two}", "two"),
        ("${B:-${A}}", "one"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${A:+set}", "set"),
        ("${B:+set}", ""),
        ("'$A'", "$A"),
        (r#""a b $A""#, "a b one"),
        (r"\$A", "$A"),
        (r#""\n""#, r"\n"),
        ("a$", "a$"),
    ];
    for (word, value) in words {
        assert_eq!(expanded(word).as_deref(), Ok(value), "{word}");
    }
}

#[test]
fn bounds_hold() {
    assert!(expanded("${A").is_err());
    assert!(expanded("${}").is_err());
    assert!(expanded(&"${B:-".repeat(100_000)).is_err());
    let nested = format!("{}x{}", "${B:-".repeat(40), "}".repeat(40));
    assert!(expanded(&nested).is_err());
    let long: BTreeMap<String, String> = [("A".to_owned(), "x".repeat(40_000))].into();
    assert!(Variables::new(&long, &long).expand("$A$A", '\\').is_err());
}

#[test]
fn what_has_no_value_is_known() {
    let none = BTreeMap::new();
    let mut all = Variables::new(&none, &none);
    assert_eq!(all.expand("$X/${Y#v}", '\\').as_deref(), Ok("/"));
    assert_eq!(all.unknown.into_iter().collect::<Vec<_>>(), ["X", "Y"]);
}
