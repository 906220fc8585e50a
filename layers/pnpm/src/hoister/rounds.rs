//! Packages move up, round after round, until none can: first to the top, then to the remaining nodes below it, and so
//! on.
//!
//! Source: `hoist`, `hoistTo` and `hoistGraph` of `@yarnpkg/nm`.

use std::collections::{HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};

use super::budget::check_depth;
use super::graph::ROOT;
use super::preference::{Preferred, preferred};
use super::text::Text;
use super::used;
use super::verdict::{Goal, Shadowed, Verdict};
use super::work::{Work, WorkId};
use crate::LayoutError;
use crate::rules::{HoistRounds, HoistedRules};

/// The result of a pass.
#[derive(Debug, Clone, Copy, Default)]
struct Pass {
    changed: bool,
    again: bool,
}

impl Pass {
    fn add(&mut self, other: Pass) {
        self.changed |= other.changed;
        self.again |= other.again;
    }
}

/// Moves every package as far up as it can move.
///
/// # Errors
/// A graph that is nested too deeply or takes too many steps.
pub(super) fn hoist(work: &mut Work<'_>, rules: &HoistedRules) -> Result<(), LayoutError> {
    let mut first_round = true;
    loop {
        let mut round = Round { rules, first_round };
        let mut locators = HashSet::from([work.of(ROOT).locator]);
        let pass = round.to(work, &mut vec![ROOT], &mut locators, &Shadowed::new())?;
        first_round = false;
        let again = match rules.rounds {
            HoistRounds::UntilNothingMoves => pass.again || pass.changed,
            HoistRounds::WhereSomethingStoodInTheWay => pass.again,
        };
        if !again {
            return Ok(());
        }
    }
}

struct Round<'r> {
    rules: &'r HoistedRules,
    first_round: bool,
}

impl Round<'_> {
    /// Moves the nodes below the last of `path` to it, then those below each child that stayed.
    fn to(
        &mut self,
        work: &mut Work<'_>,
        path: &mut Vec<WorkId>,
        locators: &mut HashSet<Text>,
        parent_shadowed: &Shadowed,
    ) -> Result<Pass, LayoutError> {
        check_depth(path.len())?;
        let root = path.last().copied().unwrap_or(ROOT);
        let used = match (root, self.first_round) {
            (ROOT, _) => used::Used::new(),
            (_, true) => used::moved(work, root)?,
            (_, false) => used::found(work, path)?,
        };
        let mut preferred = preferred(work, root, self.rules.preference)?;
        let mut shadowed = Shadowed::new();
        let mut pass = Pass::default();
        loop {
            let goal = Goal {
                root,
                depth: path.len(),
                used: &used,
                preferred: &preferred,
                first_round: self.first_round,
                workspace_dependencies: self.rules.workspace_dependencies,
            };
            let mut moving = Moving { goal, parent_shadowed, shadowed: &mut shadowed, pass: Pass::default() };
            moving.all(work, path)?;
            pass.add(moving.pass);
            if !next_versions(work, root, &mut preferred) {
                break;
            }
        }
        let names: Vec<Text> = work.regular(root).map(|child| work.of(child).name).collect();
        for name in names {
            let Some(child) = work.child(root, name) else { continue };
            let locator = work.of(child).locator;
            if locators.insert(locator) {
                path.push(child);
                pass.add(self.to(work, path, locators, &shadowed)?);
                path.pop();
                locators.remove(&locator);
            }
        }
        Ok(pass)
    }
}

/// Drops versions that could not move, if there are others.
fn next_versions(work: &Work<'_>, root: WorkId, preferred: &mut Preferred) -> bool {
    let mut changed = false;
    for (name, idents) in preferred {
        if idents.len() > 1 && work.child(root, *name).is_none() {
            idents.pop_front();
            changed = true;
        }
    }
    changed
}

/// One pass of moves to one node.
struct Moving<'m> {
    goal: Goal<'m>,
    parent_shadowed: &'m Shadowed,
    shadowed: &'m mut Shadowed,
    pass: Pass,
}

/// The position of a pass: the nodes from the root on, their names with locators, and those that reached the root.
struct Position {
    path: Vec<WorkId>,
    names: Vec<(Text, Text)>,
    arrived: IndexSet<WorkId>,
}

impl Moving<'_> {
    fn all(&mut self, work: &mut Work<'_>, root_path: &[WorkId]) -> Result<(), LayoutError> {
        let root = self.goal.root;
        let mut next: IndexSet<WorkId> = work.sorted(root).into_iter().collect();
        let names = root_path.iter().map(|id| (work.of(*id).name, work.of(*id).locator)).collect();
        let mut at = Position { path: vec![root], names, arrived: IndexSet::new() };
        while !next.is_empty() {
            for child in next {
                if work.of(child).locator == work.of(root).locator || work.is_border(root, child) {
                    continue;
                }
                let child = work.decoupled(root, child);
                self.below(work, &mut at, child)?;
            }
            next = std::mem::take(&mut at.arrived);
        }
        Ok(())
    }

    /// Moves the children of `parent` that may move, then visits those that stay.
    fn below(&mut self, work: &mut Work<'_>, at: &mut Position, parent: WorkId) -> Result<(), LayoutError> {
        // The path contains the root and every node above the parent; children of the root itself do not move.
        if at.path.iter().skip(1).any(|above| *above == parent) {
            return Ok(());
        }
        check_depth(at.path.len())?;
        at.path.push(parent);
        at.names.push((work.of(parent).name, work.of(parent).locator));
        let staying = self.staying(work, &at.path, parent)?;
        for (child, _) in staying.iter().filter(|(_, stays)| !**stays) {
            self.move_up(work, parent, *child, &mut at.arrived);
        }
        for child in work.sorted(parent) {
            if staying.get(&child) != Some(&true) || work.is_border(self.goal.root, child) {
                continue;
            }
            if !at.names.contains(&(work.of(child).name, work.of(child).locator)) {
                let child = work.decoupled(parent, child);
                self.below(work, at, child)?;
            }
        }
        at.path.pop();
        at.names.pop();
        Ok(())
    }

    /// The children of `parent`, the last of `path`, and whether they stay. A child also stays if it waits for a peer
    /// that stays.
    fn staying(
        &mut self,
        work: &mut Work<'_>,
        path: &[WorkId],
        parent: WorkId,
    ) -> Result<IndexMap<WorkId, bool>, LayoutError> {
        let mut staying = IndexMap::new();
        let mut waiting: HashMap<Text, IndexSet<Text>> = HashMap::new();
        let mut stays = Vec::new();
        for child in work.sorted(parent) {
            work.budget.spend(path.len() + work.of(child).peers.len() * path.len())?;
            staying.insert(child, false);
            match self.goal.verdict(work, path, child, self.shadowed) {
                Verdict::Moves => {}
                Verdict::Stays => stays.push(child),
                Verdict::With(peers) => {
                    for peer in peers {
                        waiting.entry(work.of(peer).name).or_default().insert(work.of(child).name);
                    }
                }
            }
        }
        while let Some(child) = stays.pop() {
            if staying.insert(child, true) == Some(true) {
                continue;
            }
            let dependants = waiting.get(&work.of(child).name).into_iter().flatten();
            stays.extend(dependants.filter_map(|name| work.child(parent, *name)));
        }
        Ok(staying)
    }

    fn move_up(
        &mut self,
        work: &mut Work<'_>,
        parent: WorkId,
        child: WorkId,
        arrived: &mut IndexSet<WorkId>,
    ) {
        let (root, name) = (self.goal.root, work.of(child).name);
        self.pass.changed = true;
        if self.parent_shadowed.get(&parent).is_some_and(|names| names.contains(&name)) {
            self.pass.again = true;
        }
        work.node_mut(parent).dependencies.shift_remove(&name);
        work.node_mut(parent).hoisted.insert(name, child);
        if work.child(root, name).is_none() && work.of(root).ident != work.of(child).ident {
            work.node_mut(root).dependencies.insert(name, child);
            arrived.insert(child);
        }
    }
}
