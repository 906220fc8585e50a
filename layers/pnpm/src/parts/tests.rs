#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::btree_map;
use proptest::prelude::*;

use super::{Part, parts, releases};
use crate::DepPath;

type Packages = BTreeMap<DepPath, u64>;

/// `name@version=KiB …`
fn packages(text: &str) -> Packages {
    let package = |text: &str| {
        let (path, size) = text.split_once('=').unwrap();
        (DepPath::new(path), size.parse::<u64>().unwrap() << 10)
    };
    text.split_whitespace().map(package).collect()
}

fn sets(parts: &[Part]) -> BTreeSet<&BTreeSet<DepPath>> {
    parts.iter().map(|part| &part.packages).collect()
}

/// The packages that share the part of `package`.
fn beside<'a>(parts: &'a [Part], package: &str) -> Vec<&'a str> {
    let part = parts.iter().find(|part| part.packages.contains(package)).unwrap();
    part.packages.iter().map(DepPath::as_str).collect()
}

#[test]
fn the_version_tells_how_often_a_package_is_released() {
    let found = ["1.0.0", "4.0.2", "8.16.3", "3.940.0", "0.0.0-nightly.9", "file:../x", ""].map(releases);
    assert_eq!(found, [0, 1, 4, 6, 0, 0, 0]);
}

#[test]
fn a_scope_stays_together_and_what_is_large_lies_alone() {
    let text = "@a/x@1.0.0=80 @a/y@1.0.0=80 @a/huge@1.0.0=4000 next@15.1.0=9000 b@1.0.0=1 c@1.0.0=1";
    let all = parts(&packages(text), 8);
    assert_eq!(beside(&all, "@a/x@1.0.0"), ["@a/x@1.0.0", "@a/y@1.0.0"]);
    assert_eq!(beside(&all, "@a/huge@1.0.0"), ["@a/huge@1.0.0"]);
    assert_eq!(beside(&all, "next@15.1.0"), ["next@15.1.0"]);
    assert_eq!(parts(&packages(text), 1).len(), 1);
    assert!(parts(&Packages::new(), 8).is_empty());
}

#[test]
fn what_is_often_released_lies_apart_and_above() {
    let text = "a@1.0.0=60 b@2.0.1=60 c@3.1.0=60 d@1.0.0=60 hot@3.940.0=9 warm@1.80.0=9";
    let all = parts(&packages(text), 8);
    assert!(
        beside(&all, "hot@3.940.0").iter().all(|path| path.starts_with("hot") || path.starts_with("warm"))
    );
    let tier = |package: &str| all.iter().find(|part| part.packages.contains(package)).unwrap().tier;
    assert!(tier("a@1.0.0") < tier("hot@3.940.0"), "{all:?}");
}

fn any_packages() -> impl Strategy<Value = Packages> {
    let name = "(@[ab]/)?[a-z]{1,2}";
    let package =
        (name, 0..5_u32, 0..200_u32).prop_map(|(name, major, minor)| format!("{name}@{major}.{minor}.0"));
    btree_map(package.prop_map(DepPath::new), 1..3_000_000_u64, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Each package is in exactly one part, and there are at most as many parts as allowed.
    #[test]
    fn parts_are_a_partition_within_the_bound(packages in any_packages(), most in 1..70_usize) {
        let all = parts(&packages, most);
        prop_assert!(all.len() <= most);
        prop_assert!(all.iter().all(|part| !part.packages.is_empty()));
        let listed: Vec<&DepPath> = all.iter().flat_map(|part| &part.packages).collect();
        prop_assert_eq!(listed.len(), packages.len());
        prop_assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), packages.keys().collect());
    }

    /// An additional small package with a new name changes one part or creates one.
    #[test]
    fn one_small_package_more_changes_one_part(
        packages in any_packages(), most in 1..70_usize, minor in 0..200_u32, size in 1..60_000_u64,
    ) {
        let before = parts(&packages, most);
        let mut more = packages.clone();
        let added = DepPath::new(format!("added@1.{minor}.0"));
        more.insert(added.clone(), size);
        let after = parts(&more, most);
        let (before, after) = (sets(&before), sets(&after));
        let new: Vec<_> = after.difference(&before).collect();
        prop_assert_eq!(new.len(), 1);
        prop_assert!(new[0].contains(&added));
    }

    /// An additional large package changes at most two parts: its own, and the new part of a unit that made room for
    /// it.
    #[test]
    fn one_large_package_more_changes_two_parts(
        packages in any_packages(), most in 4..70_usize, size in 1_000_000..9_000_000_u64,
    ) {
        let before = parts(&packages, most);
        let mut more = packages.clone();
        more.insert(DepPath::new("added@1.1.0"), size);
        let after = parts(&more, most);
        let (before, after) = (sets(&before), sets(&after));
        prop_assert!(after.difference(&before).count() <= 2);
    }
}
