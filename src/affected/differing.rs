//! Two maps side by side. In: both. Out: what is not the same.

use std::collections::{BTreeMap, BTreeSet};

/// By name, what differs between two maps.
pub(super) fn differing<'a, T: PartialEq>(
    one: &'a BTreeMap<String, T>,
    other: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = (&'a str, Option<&'a T>, Option<&'a T>)> {
    let names: BTreeSet<&str> = one.keys().chain(other.keys()).map(String::as_str).collect();
    let pairs = names.into_iter().map(|name| (name, one.get(name), other.get(name)));
    pairs.filter(|(_, then, now)| then != now)
}
