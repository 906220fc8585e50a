use std::cmp::Ordering;

use fourply_testing::fixtures;

use super::{begins_with, compare, is_valid};

#[test]
fn compares_part_by_part() {
    for (low, high) in [
        ("1.2", "1.10"),
        ("1.05", "1.1"),
        ("1.0_rc1", "1.0"),
        ("1.0", "1.0_p1"),
        ("1.0_git20230101", "1.0_p1"),
        ("1.0-r1", "1.0-r10"),
        ("1.0", "1.0a"),
        ("18446744073709551615", "18446744073709551616"),
    ] {
        assert_eq!(
            (compare(low, high), compare(high, low)),
            (Ordering::Less, Ordering::Greater),
            "{low} {high}"
        );
    }
    assert!(begins_with("3.6.9-r1", "3.6") && !begins_with("3.60", "3.6") && !begins_with("3", "3.6"));
}

/// apk-tools' own cases: comparisons, and valid and invalid versions.
#[test]
#[ignore = "needs the fixtures"]
fn fixture_cases_of_apk_tools_hold() {
    let text = std::fs::read_to_string(fixtures::dir().join("alpine/apk-tools-tests/test/unit/version.data"))
        .unwrap();
    let mut count = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let held = match words.as_slice() {
            [] => continue,
            [word] if word.starts_with('!') => !is_valid(&word[1..]),
            [word] => is_valid(word),
            [one, operator, other] => {
                let negated = operator.starts_with('!');
                let operator =
                    super::super::dependency::Operator::parse(operator.trim_start_matches('!')).unwrap();
                operator.admits(one, other) != negated
            }
            _ => panic!("{line}"),
        };
        assert!(held, "{line}");
        count += 1;
    }
    assert!(count >= 780, "{count}");
}

proptest::proptest! {
    /// Any two texts compare, and in reverse with the opposite result.
    #[test]
    fn the_order_is_the_same_from_both_sides(one in "[0-9a-z._~r-]{0,12}", other in "[0-9a-z._~r-]{0,12}") {
        proptest::prop_assert_eq!(compare(&one, &other), compare(&other, &one).reverse());
        proptest::prop_assert!(compare(&one, &one).is_eq());
        is_valid(&one);
    }
}
