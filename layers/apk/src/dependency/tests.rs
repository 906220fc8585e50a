use super::{ApkDependency, Operator};

#[test]
fn words_are_read_and_written_back() {
    for word in [
        "busybox",
        "!c-ares",
        "so:libc.musl-x86_64.so.1=1",
        "nodejs~20",
        "a@edge>=1.2-r3",
        "/bin/sh",
        "a<~3",
        "py3.11:requests=2",
    ] {
        assert_eq!(ApkDependency::parse(word).unwrap().to_string(), word);
    }
    for word in ["", "!", "foo=", "foo==", "foo=invalid", "foo@", "=1", "foo><1", "foo>>1"] {
        assert_eq!(ApkDependency::parse(word), None, "{word}");
    }
    assert!(ApkDependency::parse_all("a b=").unwrap_err().contains("b="));
}

#[test]
fn what_is_provided_without_a_version_satisfies_no_versioned_need() {
    let need = ApkDependency {
        name: "x".into(),
        conflict: false,
        tag: None,
        version: Some((Operator::EQUAL, "1".into())),
    };
    assert!(need.admits(Some(Some("1"))) && !need.admits(Some(None)) && !need.admits(None));
    let conflict = ApkDependency { conflict: true, ..need };
    assert!(!conflict.admits(Some(Some("1"))) && conflict.admits(Some(None)) && conflict.admits(None));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(word in ".{0,20}") {
        if let Some(dependency) = ApkDependency::parse(&word) {
            proptest::prop_assert_eq!(ApkDependency::parse(&dependency.to_string()), Some(dependency));
        }
    }
}
