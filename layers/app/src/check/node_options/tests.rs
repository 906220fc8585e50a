use super::*;

fn words(options: &[&str]) -> Vec<String> {
    options.iter().map(|option| (*option).to_owned()).collect()
}

#[test]
fn options_that_a_version_does_not_have() {
    for (option, refusing, taking) in [
        ("--env-file", vec![(16, 0), (18, 20), (20, 5)], vec![(20, 6), (21, 0), (22, 0), (24, 1)]),
        ("--import", vec![(18, 17)], vec![(18, 18), (19, 0), (20, 0)]),
        ("--experimental-strip-types", vec![(20, 20), (22, 5)], vec![(22, 6), (23, 0), (24, 0)]),
        ("--experimental-policy", vec![(22, 5), (24, 0)], vec![(20, 0)]),
        ("--some-flag-of-v8", vec![], vec![(18, 0), (24, 0)]),
    ] {
        let told = |node| refused(&words(&["--enable-source-maps", option]), Some(node));
        assert!(refusing.iter().all(|node| told(*node).as_deref() == Some(option)), "{option}");
        assert!(taking.iter().all(|node| told(*node).is_none()), "{option}");
    }
    assert_eq!(refused(&words(&["--run"]), None), None);
}

#[test]
fn options_that_only_a_command_line_may_have() {
    assert_eq!(refused_in_env(&words(&["--import", "--eval"]), Some((22, 0))).as_deref(), Some("--eval"));
    assert_eq!(refused_in_env(&words(&["--import"]), Some((18, 0))).as_deref(), Some("--import"));
    assert_eq!(refused_in_env(&words(&["--enable-source-maps"]), Some((18, 0))), None);
}
