//! Decisions. In: the remaining names and packages after constraints. Out: the next name with its provider, and the
//! direct consequences.

use std::cmp::Reverse;

use super::graph::{Name, Need, Provider};
use super::prefer::better;
use super::state::SolverState;
use crate::dependency::ApkDependency;

impl<'g> SolverState<'g, '_> {
    /// Decides every name that the world needs.
    pub(super) fn run(&mut self, world: &[ApkDependency]) {
        let needs: Vec<Need<'_>> =
            world.iter().filter_map(|dependency| self.graph.need(dependency)).collect();
        let unknown =
            |dependency: &&ApkDependency| !dependency.conflict && self.graph.need(dependency).is_none();
        let unknown = world.iter().filter(unknown).count();
        (0..unknown).for_each(|_| self.fault(None));
        for need in &needs {
            self.discover(need.name);
            self.names[need.name].asked = true;
        }
        for need in &needs {
            self.constrain(None, *need);
        }
        loop {
            while let Some(name) = self.dirty.pop_front() {
                self.names[name].in_dirty = false;
                if !self.names[name].locked {
                    self.reconsider(name);
                }
            }
            let Some(name) = self.most_needed() else { break };
            self.select(name);
        }
    }

    /// The name that is decided next. The one that came last of those that nobody can add to any more and that have one option; else
    /// what the world names, what is borne by its packages, long chains, needed before only triggered, and what came last.
    fn most_needed(&mut self) -> Option<Name> {
        let nobody = |name: Name| {
            let mut providers = self.graph.providers[name].iter();
            !self.names[name].triggered && !providers.any(|provider| self.may_stand_for(*provider))
        };
        let forced = |name: &Name| {
            let state = &self.names[*name];
            state.settled && state.requirers > 0 && !state.ambiguous && !nobody(*name)
        };
        let key = |name: &Name| {
            let state = &self.names[*name];
            (
                nobody(*name),
                !state.asked,
                self.graph.lateness[*name],
                Reverse(state.chain),
                state.requirers == 0,
            )
        };
        let latest = || self.unresolved.iter().rev().copied();
        let next = latest().find(forced).or_else(|| latest().min_by_key(key))?;
        self.leave(next);
        Some(next)
    }

    fn select(&mut self, name: Name) {
        let graph = self.graph;
        let needed = self.names[name].requirers > 0;
        let mut best: Option<Provider<'g>> = None;
        for provider in &graph.providers[name] {
            let state = &self.packages[provider.package];
            let comes_by_itself = state.triggered && state.tag_allowed;
            if !needed && !comes_by_itself {
                continue;
            }
            if !self.may_stand_for(*provider) {
                continue;
            }
            if best.is_none_or(|best| better(graph, &self.packages, *provider, best).is_gt()) {
                best = Some(*provider);
            }
        }
        let Some(provider) = best else {
            self.assign(name, None);
            if needed {
                self.fault(None);
            }
            return;
        };
        let package = provider.package;
        if !self.packages[package].selectable || !self.packages[package].tag_allowed {
            self.fault(Some(package));
        }
        let own = Provider { package, version: Some(graph.candidates[package].record.version.as_str()) };
        self.assign(graph.own[package], Some(own));
        for (other, version) in &graph.provides[package] {
            self.assign(*other, Some(Provider { package, version: *version }));
        }
        self.need_all(package);
    }

    /// A package stands for a name that it provides without a version only if the package is requested by name or has a
    /// priority.
    fn may_stand_for(&self, provider: Provider<'g>) -> bool {
        provider.version.is_some()
            || self.graph.candidates[provider.package].record.priority > 0
            || self.names[self.graph.own[provider.package]].requirers > 0
    }

    fn assign(&mut self, name: Name, provider: Option<Provider<'g>>) {
        if self.names[name].locked {
            let known = self.names[name].chosen;
            let both_without =
                provider.is_some_and(|p| p.version.is_none()) && known.is_none_or(|p| p.version.is_none());
            if !both_without {
                self.fault(provider.map(|provider| provider.package));
                self.fault(known.map(|provider| provider.package));
            }
            return;
        }
        self.names[name].locked = true;
        self.names[name].chosen = provider;
        self.leave(name);
        let graph = self.graph;
        for other in &graph.providers[name] {
            let package = provider.map(|provider| provider.package);
            let both_without =
                other.version.is_none() && provider.is_none_or(|provider| provider.version.is_none());
            if Some(other.package) != package && !both_without {
                self.disqualify(other.package);
            }
        }
        self.recheck_dependents(name);
        match provider {
            Some(provider) => self.recheck_triggered_by(provider.package),
            None => self.recheck_triggered(name),
        }
    }
}
