//! In which order workspace packages are built: each after those that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use crate::closure::walk_importers;
use crate::{ImporterId, Include, PnpmError, Workspace};

/// The service and the workspace packages that it needs for its build, through dependencies of every kind, in groups: those of
/// one group do not need each other. Packages that need each other in a circle come in one group, as pnpm runs them side by side
/// with a warning. The root is left out where nothing depends on it: no service is built from it.
///
/// # Errors
/// A service that the lockfile does not know.
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

/// The smallest set that needs nothing outside of itself, where nothing is ready.
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
