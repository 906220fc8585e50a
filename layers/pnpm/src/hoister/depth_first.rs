//! Depth-first hoisting: each package is tried on the way down, and its own dependencies right after it.
//!
//! In: the work. Out: the same, with every package as far up as it can move. A child whose name is also a peer of its
//! parent moves like any other.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm/crates/real-hoist/src/lib.rs (`hoist_to`, `hoist_into_root`, `hoist_subtree`).

use std::collections::{HashMap, HashSet};

use super::budget::check_depth;
use super::graph::ROOT;
use super::preference::{Preferred, preferred};
use super::text::Text;
use super::used::Used;
use super::work::{Work, WorkId};
use crate::LayoutError;
use crate::rules::VersionPreference;

/// Moves every package as far up as it can move.
///
/// # Errors
/// A graph that is nested too deeply or takes too many steps.
pub(super) fn hoist(work: &mut Work<'_>, preference: VersionPreference) -> Result<(), LayoutError> {
    work.share_all();
    let mut roots = vec![(ROOT, vec![work.of(ROOT).locator])];
    while let Some((root, above)) = roots.pop() {
        check_depth(above.len())?;
        let used = if root == ROOT { Used::new() } else { used_above(work, root)? };
        Pass::new(work, root, &used).run(preference)?;
        let mut next = Vec::new();
        for name in work.regular(root).map(|child| work.of(child).name).collect::<Vec<_>>() {
            let Some(child) = work.child(root, name) else { continue };
            let locator = work.of(child).locator;
            if !above.contains(&locator) {
                let child = work.decoupled(root, child);
                next.push((child, above.iter().copied().chain([locator]).collect()));
            }
        }
        roots.extend(next.into_iter().rev());
    }
    Ok(())
}

/// The packages, by name, that the packages below a node find above it.
fn used_above(work: &mut Work<'_>, root: WorkId) -> Result<Used, LayoutError> {
    let (mut used, mut seen, mut pending) = (Used::new(), HashSet::new(), vec![root]);
    while let Some(node) = pending.pop() {
        if seen.insert(node) {
            used.extend(work.node(node).hoisted.iter().map(|(name, moved)| (*name, work.of(*moved).ident)));
            let below: Vec<WorkId> = work.regular(node).collect();
            work.budget.spend(1 + below.len())?;
            pending.extend(below);
        }
    }
    Ok(used)
}

/// One pass of moves to one node.
struct Pass<'p, 'w> {
    work: &'p mut Work<'w>,
    root: WorkId,
    used: &'p Used,
    /// Names in use at the root, some by nodes that were removed since.
    taken: HashMap<Text, WorkId>,
}

/// A node whose children are tried. It is the last of `path`.
struct Frame {
    path: Vec<WorkId>,
    children: std::vec::IntoIter<WorkId>,
}

impl<'p, 'w> Pass<'p, 'w> {
    fn new(work: &'p mut Work<'w>, root: WorkId, used: &'p Used) -> Pass<'p, 'w> {
        let taken = work.node(root).dependencies.iter().map(|(name, child)| (*name, *child)).collect();
        Pass { work, root, used, taken }
    }

    fn run(&mut self, preference: VersionPreference) -> Result<(), LayoutError> {
        let mut preferred = preferred(self.work, self.root, preference)?;
        loop {
            let changed = self.walk(&preferred)?;
            let mut given_up = false;
            for (name, idents) in &mut preferred {
                if idents.len() > 1 && !self.taken.contains_key(name) {
                    idents.pop_front();
                    given_up = true;
                }
            }
            if !changed && !given_up {
                return Ok(());
            }
        }
    }

    /// Tries everything below the root once. Returns whether anything moved or was removed.
    fn walk(&mut self, preferred: &Preferred) -> Result<bool, LayoutError> {
        let mut changed = false;
        let mut stack = vec![self.frame(vec![self.root])?];
        while let Some(frame) = stack.last_mut() {
            let Some(child) = frame.children.next() else {
                stack.pop();
                continue;
            };
            let path = frame.path.clone();
            let Some(parent) = path.last().copied() else { continue };
            let name = self.work.of(child).name;
            self.work.budget.spend(path.len() * (1 + self.work.of(child).peers.len()))?;
            if self.is_above(&path, child) {
                self.work.node_mut(parent).dependencies.shift_remove(&name);
                changed = true;
                continue;
            }
            let mut path = path;
            if parent != self.root && self.moves(&path, child, preferred) {
                changed = true;
                let node = self.work.node_mut(parent);
                node.dependencies.shift_remove(&name);
                node.hoisted.insert(name, child);
                if self.taken.contains_key(&name) {
                    continue;
                }
                self.work.node_mut(self.root).dependencies.insert(name, child);
                path = vec![self.root];
            }
            let Some(parent) = path.last().copied() else { continue };
            let child = self.work.decoupled(parent, child);
            if parent == self.root {
                self.taken.insert(name, child);
            }
            path.push(child);
            let below = self.frame(path)?;
            stack.push(below);
        }
        Ok(changed)
    }

    fn frame(&self, path: Vec<WorkId>) -> Result<Frame, LayoutError> {
        check_depth(path.len())?;
        let children: Option<Vec<WorkId>> =
            path.last().map(|node| self.work.node(*node).dependencies.values().copied().collect());
        Ok(Frame { path, children: children.unwrap_or_default().into_iter() })
    }

    /// Whether the package is its own ancestor under the same name.
    fn is_above(&self, path: &[WorkId], child: WorkId) -> bool {
        let same = |id: WorkId| (self.work.of(id).name, self.work.of(id).locator);
        path.iter().any(|above| same(*above) == same(child))
    }

    /// Whether a child of the last node of `path` moves to the root, or is already there.
    fn moves(&self, path: &[WorkId], child: WorkId, preferred: &Preferred) -> bool {
        let (name, locator, ident) =
            (self.work.of(child).name, self.work.of(child).locator, self.work.of(child).ident);
        let at_root = self.taken.get(&name).map(|id| self.work.of(*id).locator);
        let is_preferred =
            || preferred.get(&name).and_then(|idents| idents.front()).is_none_or(|first| *first == ident);
        if !at_root.map_or_else(is_preferred, |held| held == locator) {
            return false;
        }
        let other_above = |above: &WorkId| {
            self.work.child(*above, name).is_some_and(|held| self.work.of(held).ident != ident)
        };
        if self.used.get(&name).is_some_and(|used| *used != ident) || path.iter().skip(1).any(other_above) {
            return false;
        }
        at_root.is_some() || !self.hides_a_peer(path, child)
    }

    /// Whether it would find a different package as its peer at the root, or none.
    fn hides_a_peer(&self, path: &[WorkId], child: WorkId) -> bool {
        if self.work.of(self.root).peers.contains(&self.work.of(child).name) {
            return true;
        }
        let locator = |id: WorkId| self.work.of(id).locator;
        self.work.of(child).peers.iter().any(|peer| {
            let found = path.iter().rev().find_map(|above| self.work.child(*above, *peer));
            found
                .is_some_and(|found| self.taken.get(peer).is_none_or(|held| locator(*held) != locator(found)))
        })
    }
}
