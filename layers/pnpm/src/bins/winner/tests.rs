use super::*;
use crate::Rules;
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};

fn takes_from(command: &str, holder: (&str, &str), challenger: (&str, &str), rules: &Rules) -> bool {
    let candidate = |(package, version)| BinCandidate { package, version };
    takes(command, candidate(holder), candidate(challenger), &rules.bins)
}

#[test]
fn the_package_of_that_name_wins() {
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        assert!(takes_from("x", ("z", "1.0.0"), ("x", "1.0.0"), rules));
        assert!(!takes_from("x", ("x", "1.0.0"), ("z", "1.0.0"), rules));
    }
    assert!(takes_from("npx", ("z", "1.0.0"), ("npm", "1.0.0"), &PNPM_11));
    assert!(!takes_from("npx", ("z", "1.0.0"), ("npm", "1.0.0"), &PNPM_9));
}

#[test]
fn else_the_name_decides() {
    assert!(takes_from("x", ("a", "1.0.0"), ("b", "1.0.0"), &PNPM_9));
    assert!(!takes_from("x", ("a", "1.0.0"), ("b", "1.0.0"), &PNPM_12));
    assert!(takes_from("x", ("b", "1.0.0"), ("a", "1.0.0"), &PNPM_12));
}

#[test]
fn else_the_version_decides() {
    assert!(takes_from("x", ("a", "9.0.0"), ("a", "10.0.0"), &PNPM_10));
    assert!(!takes_from("x", ("a", "10.0.0"), ("a", "10.0.0-beta"), &PNPM_11));
    assert!(takes_from("x", ("a", "9.0.0"), ("a", "10.0.0"), &PNPM_12));
    assert!(!takes_from("x", ("a", "10.0.0"), ("a", "9.0.0"), &PNPM_12));
}

/// The result of `names.sort((a, b) => a.localeCompare(b, 'en'))` in node 20.
#[test]
fn names_are_in_the_order_of_locale_compare() {
    let sorted =
        ["_a", "-a", ".a", "@a-b/c", "@a/b", "1a", "a", "A", "a_b", "a-b", "a.b", "a1", "ab", "aB", "b", "z"];
    let mut names = sorted;
    names.reverse();
    names.sort_by(|a, b| locale_compare(a, b));
    assert_eq!(names, sorted);
}
