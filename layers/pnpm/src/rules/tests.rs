#![allow(clippy::unwrap_used)]

use super::table::ALL;
use super::{PnpmVersion, Rules};

#[test]
fn the_ranges_are_sorted_and_leave_no_version_between_them() {
    for rules in ALL {
        assert!(rules.versions.from < rules.versions.below, "{rules}");
    }
    for pair in ALL.windows(2) {
        let [one, next] = pair else { panic!("windows of two") };
        assert_eq!(one.versions.below, next.versions.from, "{one}, {next}");
    }
}

#[test]
fn each_set_is_called_by_the_version_that_its_range_begins_with() {
    for (at, rules) in ALL.iter().enumerate() {
        let PnpmVersion { major, minor, .. } = rules.versions.from;
        let first = ALL.iter().take(at).all(|before| before.major() != major);
        let name = if first { major.to_string() } else { format!("{major}.{minor}") };
        assert_eq!(rules.release, name);
        assert!(!first || minor == 0, "{rules}: the first range of a major version begins with it");
    }
}

#[test]
fn neighbours_differ() {
    for pair in ALL.windows(2) {
        let [one, next] = pair else { panic!("windows of two") };
        let rules =
            |rules: &Rules| (rules.settings, rules.lockfile, rules.closure, rules.layout, rules.hoist);
        let more = |rules: &Rules| (rules.bins, rules.builds, rules.packing);
        assert!(rules(one) != rules(next) || more(one) != more(next), "{one}, {next}");
    }
}

#[test]
fn a_version_without_its_last_parts_is_the_newest_of_them() {
    let parse = |text| PnpmVersion::parse(text).unwrap();
    assert_eq!(parse("10.34.9+sha512.abc"), PnpmVersion::new(10, 34, 9));
    assert_eq!(parse("11.0.0-rc.1"), PnpmVersion::new(11, 0, 0));
    assert_eq!(parse("12"), PnpmVersion::new(12, u32::MAX, u32::MAX));
    assert_eq!(parse("10.x"), PnpmVersion::new(10, u32::MAX, u32::MAX));
    assert_eq!(["", "latest", "x.1"].map(PnpmVersion::parse), [None; 3]);
}

#[test]
fn what_has_no_range_follows_the_nearest() {
    let of = |major, minor| Rules::of_version(PnpmVersion::new(major, minor, 0)).to_string();
    assert_eq!(
        [of(7, 33), of(8, 15), of(9, 0), of(10, 34), of(12, 0), of(13, 2)].join(", "),
        "pnpm 8, pnpm 8, pnpm 9, pnpm 10, pnpm 12, pnpm 12"
    );
}

#[test]
fn majors_have_the_newest_rules_of_theirs() {
    assert!(Rules::majors().eq(["8", "9", "10", "11", "12"]));
    for major in Rules::majors() {
        assert_eq!(Rules::of_major(major).unwrap().major().to_string(), major);
    }
    assert_eq!(Rules::of_major("7"), None);
}
