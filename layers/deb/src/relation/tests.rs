use super::*;

fn shown(field: &str) -> Vec<Vec<String>> {
    parse(field).unwrap().iter().map(|group| group.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn reads_groups_alternatives_and_versions() {
    let groups =
        shown("libc6 (>= 2.34), debconf (>=0.5) | debconf-2.0,python3:any,\n gcc-12-base (= 12.2.0-14)");
    let expected = [
        vec!["libc6 (>= 2.34)"],
        vec!["debconf (>= 0.5)", "debconf-2.0"],
        vec!["python3"],
        vec!["gcc-12-base (= 12.2.0-14)"],
    ];
    assert_eq!(groups, expected);
    assert_eq!(parse("python3:any").unwrap()[0][0].qualifier, Some("any"));
    assert_eq!(shown("a (<< 2) , b(>1)"), [["a (<< 2)"], ["b (>= 1)"]]);
    assert_eq!(shown(" , "), Vec::<Vec<String>>::new());
    assert_eq!(shown("a [amd64], b <!nocheck>"), [["a"], ["b"]]);
}

#[test]
fn admits_versions_as_its_operator_says() {
    let admits = |text: &str, version: Option<&str>| parse(text).unwrap()[0][0].admits(version);
    assert!(
        admits("a (>= 1.0)", Some("1.0"))
            && admits("a (<= 1.0)", Some("1.0"))
            && admits("a (= 1.0)", Some("1.0-0"))
    );
    assert!(!admits("a (>> 1.0)", Some("1.0")) && !admits("a (<< 1.0)", Some("1.0")));
    assert!(admits("a (<< 1.0)", Some("1.0~rc1")));
    assert!(admits("a", None), "a name that is provided without a version satisfies a relation without one");
    assert!(!admits("a (>= 0)", None), "and none that has one");
}

#[test]
fn refuses_what_is_no_dependency() {
    for text in ["a (>= 1", "a (1)", "a (~ 1)", "(>= 1)", "../a", "a b", "", "|", "a | "] {
        let refused = parse(text);
        assert!(text.is_empty() == refused.is_ok(), "{text:?}: {refused:?}");
    }
    for name in ["", ".", "..", ".a", "a/b", "a b", "-a"] {
        assert!(!is_package_name(name), "{name:?}");
    }
    assert!(is_package_name("libstdc++6") && is_package_name("0ad"));
}
