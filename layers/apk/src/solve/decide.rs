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
        }
        for need in &needs {
            self.constrain(None, *need);
        }
        loop {
            while let Some(name) = self.dirty.pop_front() {
                self.names[name].in_dirty = false;
                self.reconsider(name);
            }
            let Some(name) = self.most_needed() else { break };
            self.select(name);
        }
    }

    /// The next name: unambiguous ones, needed before only triggered ones, those that a package may stand for, those
    /// that are a package's own name, long chains first.
    fn most_needed(&mut self) -> Option<Name> {
        let key = |name: Name| {
            let state = &self.names[name];
            let providers = &self.graph.providers[name];
            let nobody = !providers.iter().any(|provider| self.may_stand_for(*provider));
            (state.ambiguous, state.requirers == 0, nobody, self.graph.lateness[name], Reverse(state.chain))
        };
        let next = self.unresolved.iter().copied().min_by_key(|name| key(*name))?;
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
        self.assign(name, Some(provider));
        let own = Provider { package, version: Some(graph.candidates[package].record.version.as_str()) };
        let provided = graph.provides[package]
            .iter()
            .map(|(name, version)| (*name, Provider { package, version: *version }));
        let mut stands_for: Vec<(Name, Provider<'g>)> =
            std::iter::once((graph.own[package], own)).chain(provided).collect();
        // The current name is assigned already; a second provision of it by the same package is a fault.
        if let Some(at) = stands_for.iter().position(|known| *known == (name, provider)) {
            stands_for.remove(at);
        }
        for (other, provider) in stands_for {
            self.assign(other, Some(provider));
        }
        self.need_all(package);
    }

    /// A package stands for a name that it provides without a version only if the package is requested by name or has a
    /// priority.
    fn may_stand_for(&self, provider: Provider<'g>) -> bool {
        let own = self.graph.own[provider.package];
        provider.version.is_some()
            || self.graph.candidates[provider.package].record.priority > 0
            || self.names[own].requirers > 0
            || self.chosen(own) == Some(provider.package)
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
            if Some(other.package) != package && !both_without && self.packages[other.package].selectable {
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
