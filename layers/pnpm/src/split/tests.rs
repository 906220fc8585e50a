#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;

use super::{ServiceUses, SharedLayer, split};
use crate::{DepPath, ImporterId};

/// `a: x y, b: y` as uses: every package weighs 1, one in capitals 16.
fn uses(text: &str) -> ServiceUses {
    let service = |text: &str| {
        let (name, packages) = text.split_once(':').unwrap();
        let weight = |name: &str| if name.chars().all(char::is_uppercase) { 16 } else { 1 };
        let packages = packages.split_whitespace().map(|name| (path(name), weight(name)));
        (ImporterId::new(name.trim()).unwrap(), packages.collect())
    };
    text.split(',').map(service).collect()
}

fn path(name: &str) -> DepPath {
    DepPath::new(format!("{name}@1.0.0"))
}

/// `a+b: x y` for each layer.
fn shown(layers: &[SharedLayer]) -> Vec<String> {
    let layer = |layer: &SharedLayer| {
        let users: Vec<&str> = layer.users.iter().map(ImporterId::as_str).collect();
        let packages: Vec<&str> = layer.packages.iter().map(DepPath::name).collect();
        format!("{}: {}", users.join("+"), packages.join(" "))
    };
    layers.iter().map(layer).collect()
}

#[test]
fn what_the_same_services_use_is_one_layer_and_the_most_common_is_the_lowest() {
    let layers = split(&uses("a: x y z own, b: x y z two, c: x two"), 10);
    assert_eq!(shown(&layers), ["a+b+c: x", "a+b: y z", "b+c: two"]);
}

#[test]
fn a_single_service_shares_nothing() {
    assert!(split(&uses("a: x y"), 10).is_empty());
    assert!(split(&ServiceUses::new(), 10).is_empty());
}

#[test]
fn what_saves_most_gets_a_layer_first_and_the_rest_joins_where_all_use_it() {
    // One shared layer for each: a+b saves three, a+b+c twice one.
    let text = "a: x y z common, b: x y z common, c: common";
    assert_eq!(shown(&split(&uses(text), 2)), ["a+b: common x y z"], "c has common in its own layer");
    assert_eq!(shown(&split(&uses(text), 3)), ["a+b+c: common", "a+b: x y z"]);
    assert!(split(&uses(text), 1).is_empty(), "a budget of one is the own layer");
}

#[test]
fn machine_code_weighs_more() {
    let text = "a: x y z N, b: x y z, c: N";
    assert_eq!(shown(&split(&uses(text), 2)), ["a+c: N"]);
}

fn any_uses() -> impl Strategy<Value = ServiceUses> {
    let packages = btree_set(0..40_u32, 0..30);
    btree_map("[a-f]", packages, 1..6).prop_map(|all| {
        let packages = |set: BTreeSet<u32>| {
            set.into_iter().map(|n| (path(&format!("p{n}")), 1 + u64::from(n % 7))).collect()
        };
        all.into_iter().map(|(name, set)| (ImporterId::new(&name).unwrap(), packages(set))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// For any uses and budget: no service gets packages that it does not use, none twice, and no more layers than the
    /// budget.
    #[test]
    fn every_image_holds_just_what_its_service_uses(uses in any_uses(), budget in 1..8_usize) {
        let layers = split(&uses, budget);
        for (service, used) in &uses {
            let own: Vec<&SharedLayer> = layers.iter().filter(|layer| layer.users.contains(service)).collect();
            prop_assert!(own.len() < budget.max(1) || own.is_empty());
            let mut seen = BTreeMap::new();
            for package in own.iter().flat_map(|layer| &layer.packages) {
                prop_assert!(used.contains_key(package));
                prop_assert!(seen.insert(package, ()).is_none(), "{package} twice");
            }
        }
        prop_assert!(layers.iter().all(|layer| layer.users.len() > 1 && !layer.packages.is_empty()));
        // Only the uses matter.
        prop_assert_eq!(layers, split(&uses.clone(), budget));
    }

    /// With enough room, every package that two services use is stored once.
    #[test]
    fn with_room_everything_shared_is_stored_once(uses in any_uses()) {
        let layers = split(&uses, 1 << 6);
        let mut count: BTreeMap<&DepPath, usize> = BTreeMap::new();
        uses.values().flat_map(BTreeMap::keys).for_each(|package| *count.entry(package).or_default() += 1);
        let shared: BTreeSet<&DepPath> = count.into_iter().filter(|(_, users)| *users > 1).map(|(package, _)| package).collect();
        let stored: Vec<&DepPath> = layers.iter().flat_map(|layer| &layer.packages).collect();
        prop_assert_eq!(stored.len(), shared.len());
        prop_assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), shared);
    }
}
