#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use fourply_pnpm::DepPath;

fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

fn closure(edges: &[(&str, &[&str])]) -> Closure {
    let direct = edges.iter().map(|(from, to)| {
        (id(from), to.iter().map(|to| (to.replace('/', "-"), Dependency::Link(id(to)))).collect())
    });
    Closure {
        importers: edges.iter().map(|(from, _)| id(from)).collect(),
        others: BTreeSet::new(),
        unlinked: BTreeMap::new(),
        include: fourply_pnpm::Include::Production,
        direct: direct.collect(),
        packages: BTreeMap::new(),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    }
}

fn levels(closure: &Closure, service: &str) -> Vec<String> {
    build_levels(closure, &id(service), &[], &BTreeMap::new())
        .iter()
        .map(|level| level.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn dependencies_come_first_and_independent_ones_together() {
    let closure = closure(&[
        (".", &[]),
        ("services/a", &["shared/kit", "shared/types"]),
        ("shared/kit", &["shared/kernel"]),
        ("shared/types", &[]),
        ("shared/kernel", &[]),
    ]);
    assert_eq!(levels(&closure, "services/a"), ["shared/kernel shared/types", "shared/kit", "services/a"]);
}

#[test]
fn the_root_is_no_part_of_the_build_unless_something_links_to_it() {
    let closure = closure(&[(".", &[]), ("a", &["."])]);
    assert_eq!(levels(&closure, "a"), [".", "a"]);
}

#[test]
fn a_cycle_shares_a_level_after_what_it_needs() {
    let closure = closure(&[("a", &["b"]), ("b", &["c", "d"]), ("c", &["b"]), ("d", &["d"])]);
    assert_eq!(levels(&closure, "a"), ["d", "b c", "a"]);
}

#[test]
fn a_publish_directory_and_an_injected_copy_belong_to_their_package() {
    let mut closure = closure(&[("a", &["b/dist"]), ("b", &[]), ("c", &[])]);
    let path = DepPath::new("c@file:c");
    let package = fourply_pnpm::ClosurePackage {
        name: "c".to_owned(),
        version: String::new(),
        resolution: Resolution::Directory { path: "c".to_owned() },
        children: Vec::new(),
        has_bin: false,
        optional: false,
        bundled: fourply_pnpm::Bundled::None,
        requires_build: None,
    };
    closure.packages.insert(path.clone(), package);
    closure.direct.get_mut(&id("b")).unwrap().push(("c".to_owned(), Dependency::Package(path)));
    assert_eq!(levels(&closure, "a"), ["c", "b", "a"]);
}
