//! The order of the build. In: a closure with development dependencies. Out: levels of workspace packages; each level
//! needs only earlier ones. This module must not know scripts.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{Closure, Dependency, ImporterId, Resolution};

/// The workspace packages that `service` needs, and those of `first` with their dependencies, in levels whose packages
/// can be built in parallel. The service is last. `waits` are additional packages that a package waits for.
///
/// Packages in a cycle have no order; they share a level, as in pnpm.
pub fn build_levels(
    closure: &Closure,
    service: &ImporterId,
    first: &[ImporterId],
    waits: &BTreeMap<ImporterId, BTreeSet<ImporterId>>,
) -> Vec<Vec<ImporterId>> {
    let edges = reachable(closure, service, first, waits);
    let mut waiting: BTreeMap<&ImporterId, BTreeSet<&ImporterId>> =
        edges.iter().map(|(from, to)| (from, to.iter().filter(|to| *to != from).collect())).collect();
    let mut levels = Vec::new();
    while !waiting.is_empty() {
        let ready = next_level(&waiting);
        for package in &ready {
            waiting.remove(package);
        }
        for needs in waiting.values_mut() {
            needs.retain(|need| !ready.contains(need));
        }
        levels.push(ready.into_iter().cloned().collect());
    }
    levels
}

/// The packages that wait for nothing; in a cycle, those that wait only for each other.
fn next_level<'a>(waiting: &BTreeMap<&'a ImporterId, BTreeSet<&'a ImporterId>>) -> BTreeSet<&'a ImporterId> {
    let free: BTreeSet<_> = waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(id, _)| *id).collect();
    if !free.is_empty() {
        return free;
    }
    waiting.keys().map(|start| with_needs(waiting, start)).min_by_key(BTreeSet::len).unwrap_or_default()
}

/// `start` and everything that it waits for, directly or indirectly. The smallest such set is a cycle that waits for
/// nothing else.
fn with_needs<'a>(
    waiting: &BTreeMap<&'a ImporterId, BTreeSet<&'a ImporterId>>,
    start: &'a ImporterId,
) -> BTreeSet<&'a ImporterId> {
    let mut seen = BTreeSet::from([start]);
    let mut stack = vec![start];
    while let Some(package) = stack.pop() {
        for need in waiting.get(package).into_iter().flatten() {
            if seen.insert(*need) {
                stack.push(need);
            }
        }
    }
    seen
}

/// Every package that is reachable from `service` and `first` over links and injected copies, with its dependencies.
fn reachable(
    closure: &Closure,
    service: &ImporterId,
    first: &[ImporterId],
    waits: &BTreeMap<ImporterId, BTreeSet<ImporterId>>,
) -> BTreeMap<ImporterId, BTreeSet<ImporterId>> {
    let mut edges = BTreeMap::new();
    let mut stack = vec![service.clone()];
    while let Some(importer) = stack.pop() {
        if edges.contains_key(&importer) {
            continue;
        }
        let direct = closure.direct.get(&importer).into_iter().flatten();
        let mut needs: BTreeSet<ImporterId> =
            direct.filter_map(|(_, to)| workspace_package(closure, to)).collect();
        let waits = waits.get(&importer).into_iter().flatten();
        needs.extend(waits.filter(|package| closure.direct.contains_key(*package)).cloned());
        if importer == *service {
            needs.extend(first.iter().filter(|package| *package != service).cloned());
        }
        stack.extend(needs.iter().cloned());
        edges.insert(importer, needs);
    }
    edges
}

/// The importer that a dependency is, or is a copy of.
fn workspace_package(closure: &Closure, dependency: &Dependency) -> Option<ImporterId> {
    let folder = match dependency {
        Dependency::Link(folder) => folder.clone(),
        Dependency::Package(path) => match &closure.packages.get(path)?.resolution {
            Resolution::Directory { path } => ImporterId::new(path)?,
            _ => return None,
        },
    };
    owner(closure, &folder)
}

/// The importer of a folder: itself, or for `publishConfig.directory` the one around it.
fn owner(closure: &Closure, folder: &ImporterId) -> Option<ImporterId> {
    let around = |id: &&ImporterId| {
        *id == folder || folder.as_str().strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    closure.direct.keys().filter(around).max_by_key(|id| id.as_str().len()).cloned()
}

#[cfg(test)]
mod tests;
