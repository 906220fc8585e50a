//! Whether one package may move up. The only thing that changes here is the list of names that blocked a move.
//!
//! Source: `getNodeHoistInfo` of `@yarnpkg/nm`.

use std::collections::{HashMap, HashSet};

use super::graph::Subject;
use super::preference::Preferred;
use super::text::Text;
use super::used::Used;
use super::work::{Work, WorkId};
use crate::rules::WorkspaceDependencies;

/// Whether a package moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Moves,
    Stays,
    /// Yes, if these peers next to it move as well.
    With(Vec<WorkId>),
}

/// For each parent, names of children that did not move because another version was on the way up.
pub(super) type Shadowed = HashMap<WorkId, HashSet<Text>>;

/// The inputs shared by all packages that move to one node.
pub(super) struct Goal<'g> {
    pub(super) root: WorkId,
    /// The number of nodes from the top to the root, including the root.
    pub(super) depth: usize,
    pub(super) used: &'g Used,
    pub(super) preferred: &'g Preferred,
    /// Later rounds take earlier moves into account.
    pub(super) first_round: bool,
    pub(super) workspace_dependencies: WorkspaceDependencies,
}

impl Goal<'_> {
    /// Decides about `node`, a child of the last of `path`. `path` begins with the root.
    pub(super) fn verdict(
        &self,
        work: &Work<'_>,
        path: &[WorkId],
        node: WorkId,
        shadowed: &mut Shadowed,
    ) -> Verdict {
        let Some(parent) = path.last().copied() else { return Verdict::Stays };
        if !self.may_leave(work, parent, node) || !self.is_free(work, path, node, shadowed) {
            return Verdict::Stays;
        }
        let preferred = self.preferred.get(&work.of(node).name).and_then(|idents| idents.front());
        if preferred != Some(&work.of(node).ident) {
            return Verdict::Stays;
        }
        let Some(with) = self.peers(work, path, node) else { return Verdict::Stays };
        if !with.is_empty() {
            return Verdict::With(with);
        }
        if self.first_round || self.finds_what_moved(work, node) { Verdict::Moves } else { Verdict::Stays }
    }

    fn may_leave(&self, work: &Work<'_>, parent: WorkId, node: WorkId) -> bool {
        let is_importer = |id: WorkId| matches!(work.of(id).subject, Subject::Importer(_));
        let to_the_top = match self.workspace_dependencies {
            WorkspaceDependencies::AnyWay => true,
            WorkspaceDependencies::ToTheTop => !is_importer(parent) || self.depth == 1,
        };
        let own = work.of(node).ident == work.of(parent).ident;
        !own && !is_importer(node) && to_the_top && !work.of(self.root).peers.contains(&work.of(node).name)
    }

    /// Whether no other version of its name is in use or on the way.
    fn is_free(&self, work: &Work<'_>, path: &[WorkId], node: WorkId, shadowed: &mut Shadowed) -> bool {
        let (name, ident) = (work.of(node).name, work.of(node).ident);
        if self.used.get(&name).is_some_and(|used| *used != ident) {
            return false;
        }
        let other = |above: &&WorkId| work.child(**above, name).is_some_and(|it| work.of(it).ident != ident);
        let Some((parent, _)) = path.split_last() else { return false };
        if path.iter().skip(1).rev().any(|above| other(&above)) {
            shadowed.entry(*parent).or_default().insert(name);
            return false;
        }
        true
    }

    /// The peers next to it that must move as well; `None` if a peer further up did not move.
    fn peers(&self, work: &Work<'_>, path: &[WorkId], node: WorkId) -> Option<Vec<WorkId>> {
        let mut wanted = work.of(node).peers.clone();
        let mut with = Vec::new();
        for (distance, parent) in path.iter().skip(1).rev().enumerate() {
            let mut above = Vec::new();
            for name in wanted {
                if work.of(*parent).peers.contains(&name) && work.had(*parent, name) {
                    above.push(name);
                    continue;
                }
                let found = work.child(*parent, name);
                if let Some(found) = found.filter(|found| work.child(self.root, name) != Some(*found)) {
                    match distance {
                        0 => with.push(found),
                        _ => return None,
                    }
                }
            }
            wanted = above;
        }
        Some(with)
    }

    /// Whether the packages that moved out of it earlier are found from the root.
    fn finds_what_moved(&self, work: &Work<'_>, node: WorkId) -> bool {
        work.node(node).hoisted.iter().all(|(name, moved)| {
            let at_root = || work.child(self.root, *name).map(|it| work.of(it).ident);
            self.used.get(name).copied().or_else(at_root) == Some(work.of(*moved).ident)
        })
    }
}
