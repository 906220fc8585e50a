#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;

use super::{own_share, shares};
use crate::split::{ServiceUses, SharedLayer, split};
use crate::{DepPath, ImporterId};

/// The uses of services, by the first and last number of their packages; each weighs 1.
fn uses(services: &[(&str, std::ops::Range<u32>)]) -> ServiceUses {
    let packages = |range: &std::ops::Range<u32>| range.clone().map(|n| (package(n), 1)).collect();
    services.iter().map(|(name, range)| (ImporterId::new(name).unwrap(), packages(range))).collect()
}

fn package(number: u32) -> DepPath {
    DepPath::new(format!("p{number}@1.0.0"))
}

fn of_all(uses: &ServiceUses, most: usize) -> Vec<(SharedLayer, usize)> {
    let layers = split(uses, 10.min(most));
    let numbers = shares(&layers, uses, most);
    layers.into_iter().zip(numbers).collect()
}

#[test]
fn what_weighs_more_has_more_parts() {
    // 300 packages of both, 100 only of a, 900 only of b.
    let all = of_all(&uses(&[("a", 0..400), ("b", 100..1300)]), 63);
    let numbers: Vec<usize> = all.iter().map(|(_, number)| *number).collect();
    assert_eq!(numbers, [16], "a quarter of what b has");
    assert_eq!(own_share(63 - 16), 40);
    assert_eq!((own_share(0), own_share(1), own_share(1000)), (1, 1, 96));
}

#[test]
fn one_package_more_leaves_the_numbers() {
    let before = of_all(&uses(&[("a", 0..400), ("b", 100..1300)]), 63);
    let after = of_all(&uses(&[("a", 0..400), ("b", 100..1301)]), 63);
    assert_eq!(before, after);
}

fn any_uses() -> impl Strategy<Value = ServiceUses> {
    let packages =
        |set: BTreeSet<u32>| set.into_iter().map(|n| (package(n), 1 + u64::from(n % 16))).collect();
    btree_map("[a-f]", btree_set(0..60_u32, 0..50), 1..6).prop_map(move |all| {
        all.into_iter().map(|(name, set)| (ImporterId::new(&name).unwrap(), packages(set))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// No service gets more layers than allowed, and each has at least one of its own.
    #[test]
    fn no_service_gets_more_than_it_may_have(uses in any_uses(), most in 1..100_usize) {
        let all = of_all(&uses, most);
        let mut taken: BTreeMap<&ImporterId, usize> = BTreeMap::new();
        for (layer, number) in &all {
            prop_assert!(*number >= 1);
            layer.users.iter().for_each(|user| *taken.entry(user).or_default() += number);
        }
        prop_assert!(taken.values().all(|taken| *taken < most));
    }
}
