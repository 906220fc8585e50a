//! The names that packages below a node take from the node_modules above it. A name in use must not be given to another
//! version there.
//!
//! Source: `getZeroRoundUsedDependencies` and `getUsedDependencies` of `@yarnpkg/nm`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::text::Text;
use super::work::{Work, WorkId};
use crate::LayoutError;

/// For each name, the version in use.
pub(super) type Used = HashMap<Text, Text>;

/// In the first round: everything that moved up from below the node.
///
/// # Errors
/// A graph that takes too many steps.
pub(super) fn moved(work: &mut Work<'_>, root: WorkId) -> Result<Used, LayoutError> {
    let mut used = Used::new();
    let mut seen = HashSet::new();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if !seen.insert(node) {
            continue;
        }
        used.extend(work.node(node).hoisted.iter().map(|(name, dep)| (*name, work.of(*dep).ident)));
        let below: Vec<WorkId> = work.regular(node).collect();
        work.budget.spend(1 + below.len())?;
        stack.extend(below.into_iter().rev());
    }
    Ok(used)
}

/// In later rounds: the subset that is found on the way to the node and not hidden by its parent's own packages.
///
/// # Errors
/// A graph that takes too many steps.
pub(super) fn found(work: &mut Work<'_>, path: &[WorkId]) -> Result<Used, LayoutError> {
    let mut used = Used::new();
    let Some(root) = path.last() else { return Ok(used) };
    let mut seen = HashSet::new();
    let mut stack: Vec<(WorkId, Rc<HashSet<Text>>)> = vec![(*root, Rc::default())];
    while let Some((node, hidden)) = stack.pop() {
        if !seen.insert(node) {
            continue;
        }
        work.budget.spend(1 + path.len() * work.node(node).hoisted.len())?;
        for name in work.node(node).hoisted.keys().filter(|name| !hidden.contains(*name)) {
            for above in path {
                if let Some(found) = work.child(*above, *name) {
                    used.insert(*name, work.of(found).ident);
                }
            }
        }
        let own = Rc::new(work.node(node).dependencies.keys().copied().collect::<HashSet<_>>());
        let below: Vec<WorkId> = work.regular(node).collect();
        work.budget.spend(below.len())?;
        stack.extend(below.into_iter().rev().map(|child| (child, own.clone())));
    }
    Ok(used)
}
