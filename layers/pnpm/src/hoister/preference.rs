//! Which version of a name moves up first: the one already there, then the one with the most dependents.
//!
//! Source: `buildPreferenceMap` and `getHoistIdentMap` of `@yarnpkg/nm`.

use std::collections::{HashSet, VecDeque};

use indexmap::IndexMap;

use super::text::Text;
use super::work::{Work, WorkId};
use crate::LayoutError;
use crate::rules::VersionPreference;

/// For each name, the versions that may use it, best first.
pub(super) type Preferred = IndexMap<Text, VecDeque<Text>>;

/// The dependents of a version.
#[derive(Debug, Default)]
struct Dependents {
    regular: HashSet<Text>,
    by_peer: HashSet<Text>,
}

/// By name and version.
type AllDependents = IndexMap<(Text, Text), Dependents>;

/// The preferred versions at `root`.
///
/// # Errors
/// A graph that takes too many steps.
pub(super) fn preferred(
    work: &mut Work<'_>,
    root: WorkId,
    rule: VersionPreference,
) -> Result<Preferred, LayoutError> {
    let dependents = dependents(work, root)?;
    let mut preferred = Preferred::new();
    preferred.insert(work.of(root).name, VecDeque::from([work.of(root).ident]));
    for child in work.regular(root) {
        preferred.insert(work.of(child).name, VecDeque::from([work.of(child).ident]));
    }
    let mut versions: Vec<(&(Text, Text), &Dependents)> = dependents.iter().collect();
    match rule {
        VersionPreference::ByAllDependents => {
            versions.sort_by_key(|(_, it)| std::cmp::Reverse(it.regular.len() + it.by_peer.len()));
        }
        VersionPreference::ByPeersFirst => {
            versions.sort_by_key(|(_, it)| std::cmp::Reverse((it.by_peer.len(), it.regular.len())));
        }
    }
    let peers = &work.of(root).peers;
    for ((name, ident), _) in versions.into_iter().filter(|((name, _), _)| !peers.contains(name)) {
        let idents = preferred.entry(*name).or_default();
        if !idents.contains(ident) {
            idents.push_back(*ident);
        }
    }
    Ok(preferred)
}

/// Depth first: among versions with equally many dependents, the first met wins.
fn dependents(work: &mut Work<'_>, root: WorkId) -> Result<AllDependents, LayoutError> {
    let mut all = AllDependents::new();
    let mut seen = HashSet::from([root]);
    let mut stack = vec![(root, 0)];
    while let Some((parent, next)) = stack.pop() {
        let Some((name, child)) =
            work.node(parent).dependencies.get_index(next).map(|(name, child)| (*name, *child))
        else {
            continue;
        };
        stack.push((parent, next + 1));
        work.budget.spend(1)?;
        let by_peer = work.of(parent).peers.contains(&name);
        if by_peer && parent == root {
            continue;
        }
        let key = (work.of(child).name, work.of(child).ident);
        let (entry, ident) = (all.entry(key).or_default(), work.of(parent).ident);
        if by_peer {
            entry.by_peer.insert(ident);
            continue;
        }
        entry.regular.insert(ident);
        if seen.insert(child) {
            stack.push((child, 0));
        }
    }
    Ok(all)
}
