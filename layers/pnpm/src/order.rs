//! The build order of workspace packages: each after its dependencies.

use std::collections::{BTreeMap, BTreeSet};

use crate::closure::walk_importers;
use crate::{ImporterId, Include, PnpmError, Workspace};

/// The service and the workspace packages that its build needs, through dependencies of every kind, in groups. The
/// packages of one group do not depend on each other. An exception is a dependency cycle: it forms one group, because
/// pnpm runs its packages in parallel, with a warning. The root is left out if nothing depends on it: no service is
/// built from it.
///
/// # Errors
/// A service that the lockfile lacks.
pub fn build_order(workspace: &Workspace, service: &ImporterId) -> Result<Vec<Vec<ImporterId>>, PnpmError> {
    let mut needs = walk_importers(workspace, service, Include::All)?;
    let mut groups = Vec::new();
    while !needs.is_empty() {
        let free = needs.iter().filter(|(_, needed)| needed.is_empty()).map(|(id, _)| id.clone());
        let mut ready: BTreeSet<ImporterId> = free.collect();
        if ready.is_empty() {
            ready = circle(&needs);
        }
        needs.retain(|id, _| !ready.contains(id));
        for needed in needs.values_mut() {
            needed.retain(|id| !ready.contains(id));
        }
        groups.push(ready.into_iter().collect());
    }
    Ok(groups)
}

/// The smallest set without dependencies outside itself, if no package is ready.
fn circle(needs: &BTreeMap<ImporterId, BTreeSet<ImporterId>>) -> BTreeSet<ImporterId> {
    let reach = |start: &ImporterId| {
        let mut seen = BTreeSet::from([start.clone()]);
        let mut stack = vec![start.clone()];
        while let Some(id) = stack.pop() {
            for next in needs.get(&id).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    stack.push(next.clone());
                }
            }
        }
        seen
    };
    needs.keys().map(reach).min_by_key(BTreeSet::len).unwrap_or_default()
}

#[cfg(test)]
mod tests;
