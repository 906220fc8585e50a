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
    for rules in ALL {
        let PnpmVersion { major, minor, patch } = rules.versions.from;
        let alone = ALL.iter().filter(|other| other.major() == major).count() == 1;
        let name = match (alone, patch) {
            (true, _) => major.to_string(),
            (false, 0) => format!("{major}.{minor}"),
            (false, patch) => format!("{major}.{minor}.{patch}"),
        };
        assert_eq!(rules.release, name);
    }
}

#[test]
fn every_version_of_a_major_has_rules() {
    for major in Rules::majors() {
        assert_eq!(
            Rules::of_version(PnpmVersion::new(major, 0, 0)).versions.from,
            PnpmVersion::new(major, 0, 0)
        );
    }
}

#[test]
fn neighbours_differ() {
    for pair in ALL.windows(2) {
        let [one, next] = pair else { panic!("windows of two") };
        let rules =
            |rules: &Rules| (rules.settings, rules.lockfile, rules.closure, rules.layout, rules.hoist);
        let more = |rules: &Rules| (rules.hoisted, rules.bins, rules.builds, rules.packing);
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
        "pnpm 8.0, pnpm 8.10.4, pnpm 9.0, pnpm 10.30.2, pnpm 12.0, pnpm 12.20"
    );
}

#[test]
fn names_are_major_versions_or_whole_ones() {
    let of = |name| Rules::of_name(name).map(ToString::to_string);
    for (name, expected) in [
        ("8", Some("pnpm 8.15.9")),
        ("9", Some("pnpm 9.12.2")),
        ("10", Some("pnpm 10.30.2")),
        ("10.12.1", Some("pnpm 10.10")),
        ("10.12.2", Some("pnpm 10.12.2")),
        ("11.27.0", Some("pnpm 11.21")),
        ("12", Some("pnpm 12.20")),
        ("7", None),
        ("13", None),
        ("x", None),
    ] {
        assert_eq!(of(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_version_that_nobody_compared_is_told_of() {
    let known = |text| PnpmVersion::parse(text).unwrap().newest_compared().map(|known| known.to_string());
    assert_eq!(known("11.28.12").as_deref(), Some("11.28.11"));
    assert_eq!(known("12.99.0").as_deref(), Some("12.21.0"));
    assert_eq!(["11.28.11", "11", "10.34", "13.0.0", "9.14.2"].map(known), [const { None }; 5]);
}
