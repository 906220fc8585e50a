//! The links in the importers' own folders. In: a closure and its locations. Out: links by path.

use std::collections::{BTreeMap, BTreeSet};

use super::hoist::Hoisted;
use super::locations::Locations;
use super::paths::relative_link;
use crate::{Closure, Dependency, ImporterId, Node};

/// The links of every importer. With `dedupe`, an importer has no link to a target that the root also links, under any
/// name. The root's publicly hoisted links count, because pnpm creates them first.
pub(crate) fn direct_links(
    closure: &Closure,
    locations: &Locations<'_>,
    hoisted: &[Hoisted],
    dedupe: bool,
) -> BTreeMap<String, Node> {
    let of_root = root_targets(closure, hoisted, dedupe);
    let mut links = BTreeMap::new();
    for importer in &closure.importers {
        for (alias, dependency) in closure.direct.get(importer).into_iter().flatten() {
            if !importer.is_root() && of_root.contains(dependency) {
                continue;
            }
            let link = format!("{}/{alias}", locations.modules_of(importer));
            if let Some(target) = locations.target(dependency) {
                let target = relative_link(&link, &target);
                links.insert(link, Node::Symlink(target));
            }
        }
    }
    links
}

/// The hoisted links. A direct link of the root wins over a hoisted one of the same name.
pub(crate) fn hoisted_links(
    locations: &Locations<'_>,
    hoisted: &[Hoisted],
    links: &mut BTreeMap<String, Node>,
) {
    for Hoisted { alias, public, target } in hoisted {
        let modules =
            if *public { locations.modules_of(&ImporterId::root()) } else { locations.private_modules() };
        let link = format!("{modules}/{alias}");
        if let Some(target) = locations.target(target) {
            let target = relative_link(&link, &target);
            links.entry(link).or_insert(Node::Symlink(target));
        }
    }
}

/// The targets of the root's links; empty without `dedupe`.
pub(crate) fn root_targets<'a>(
    closure: &'a Closure,
    hoisted: &'a [Hoisted],
    dedupe: bool,
) -> BTreeSet<&'a Dependency> {
    let root = ImporterId::root();
    if !dedupe || !closure.importers.contains(&root) {
        return BTreeSet::new();
    }
    let direct = closure.direct.get(&root).into_iter().flatten().map(|(_, dependency)| dependency);
    direct.chain(hoisted.iter().filter(|hoisted| hoisted.public).map(|hoisted| &hoisted.target)).collect()
}
