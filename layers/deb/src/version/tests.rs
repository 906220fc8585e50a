use std::cmp::Ordering;
use std::process::Command;

use super::compare;

/// From the earliest to the latest.
const ASCENDING: [&str; 22] = [
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0+b1",
    "0.0.9",
    "0.0.10",
    "1.0~rc1-1",
    "1.0-1~deb12u1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb12u1",
    "1.0-1.1",
    "1.0-2",
    "1.0a-1",
    "1.0+a-1",
    "1.0.1-1",
    "2.36-9+deb12u9",
    "2.36-9+deb12u14",
    "10",
    "1:0.1",
    "2:0",
];

#[test]
fn orders_versions_as_the_policy_says() {
    for (at, one) in ASCENDING.iter().enumerate() {
        for (other_at, other) in ASCENDING.iter().enumerate() {
            assert_eq!(compare(one, other), at.cmp(&other_at), "{one} and {other}");
        }
    }
}

#[test]
fn takes_different_spellings_of_one_version_for_equal() {
    for (one, other) in [("1.0", "1.0-0"), ("0:1.0", "1.0"), ("1.00", "1.0"), ("1.0-1", "1.0-01"), ("", "0")]
    {
        assert_eq!(compare(one, other), Ordering::Equal, "{one} and {other}");
    }
    let long = "9".repeat(400);
    assert_eq!(compare(&long, &format!("{long}0")), Ordering::Less);
}

#[test]
#[ignore = "needs dpkg"]
fn agrees_with_dpkg() {
    let more =
        ["1.0-1-1", "1.2.3~+b", "1.0+", "1a2", "1a02", "1.0~", "00:1", "1.0-a.b", "7.4.052-1ubuntu3", "1.~"];
    let all: Vec<&str> = ASCENDING.iter().chain(&more).copied().collect();
    for one in &all {
        for other in &all {
            let holds = |operator: &str| {
                Command::new("dpkg")
                    .args(["--compare-versions", one, operator, other])
                    .output()
                    .unwrap()
                    .status
                    .success()
            };
            let order = compare(one, other);
            let operator = if order.is_lt() {
                "lt"
            } else if order.is_gt() {
                "gt"
            } else {
                "eq"
            };
            assert!(holds(operator), "dpkg does not say: {one} {operator} {other}");
        }
    }
}
