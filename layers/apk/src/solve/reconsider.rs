//! What decisions and constraints mean for a name. Comes in: a name around which something changed. Goes out: which of its packages can still be
//! had, what they trigger, and what all of them need or provide.

use std::collections::HashMap;

use super::graph::{Name, Need, Package, Provider};
use super::state::SolverState;

/// What the options so far have in common: for each name of the first one, how many of them have it.
#[derive(Default)]
struct Common(HashMap<Name, usize>);

impl Common {
    /// Counts a name of an option, of whom `before` came earlier; whether all of those had it.
    fn add(&mut self, name: Name, before: usize) -> bool {
        if before == 0 {
            return self.0.insert(name, 1).is_none();
        }
        let counted = self.0.get_mut(&name).filter(|count| **count == before);
        counted.map(|count| *count += 1).is_some()
    }

    /// Whether all options have the name; no is the answer when it is asked for again.
    fn take(&mut self, name: Name, all: usize) -> bool {
        self.0.remove(&name) == Some(all)
    }
}

impl<'g> SolverState<'g, '_> {
    /// Looks at a name again: who can still provide it, what triggers, and what all that can provide it need.
    pub(super) fn reconsider(&mut self, name: Name) {
        let graph = self.graph;
        let state = &mut self.names[name];
        let check_needs = std::mem::replace(&mut state.check_needs, false);
        let check_triggers = std::mem::replace(&mut state.check_triggers, false);
        let needed = state.requirers > 0;
        let mut options: Vec<Provider<'g>> = Vec::new();
        let (mut triggered, mut never_triggered) = (false, true);
        for provider in &graph.providers[name] {
            let package = provider.package;
            self.packages[package].merged = false;
            if check_needs && self.packages[package].selectable && !self.satisfiable(package) {
                self.disqualify(package);
            }
            if !self.packages[package].selectable {
                continue;
            }
            if check_triggers {
                self.trigger(package);
            }
            triggered |= self.packages[package].triggered;
            never_triggered &= self.packages[package].never_triggered;
            if needed {
                self.packages[package].merged = true;
                options.push(*provider);
            }
        }
        let against_tag = options.iter().any(|option| !self.packages[option.package].tag_allowed);
        let state = &mut self.names[name];
        state.ambiguous = options.len() > 1 || against_tag;
        state.triggered = triggered;
        state.never_triggered = never_triggered;
        self.queue(name);
        if let Some(first) = options.first() {
            for provider in &graph.providers[name] {
                self.packages[provider.package].merged_before = self.packages[provider.package].merged;
            }
            self.need_common(first.package, &options);
            self.exclude_others(name, first.package, &options);
        }
        let open = |dependent: &Name| self.names[*dependent].seen && !self.names[*dependent].locked;
        self.names[name].settled = !graph.dependents[name].iter().any(open);
    }

    /// What the only option needs is needed; of what several need, the names that are common to all. Conflicts wait for the decision.
    fn need_common(&mut self, first: Package, options: &[Provider<'g>]) {
        let graph = self.graph;
        let mut common = Common::default();
        for (before, option) in options.iter().enumerate() {
            for need in graph.needs[option.package].iter().filter(|need| !need.dependency.conflict) {
                common.add(need.name, before);
            }
        }
        for need in &graph.needs[first] {
            if !common.take(need.name, options.len()) {
                continue;
            }
            if options.len() == 1 {
                self.constrain(Some(first), *need);
            } else if self.names[need.name].requirers == 0 {
                self.names[need.name].requirers += 1;
                self.needed_more(need.name);
                for provider in &graph.providers[need.name] {
                    self.inherit(provider.package, Some(first), need.dependency);
                }
            }
        }
    }

    /// What all options provide beside the name will come from one of them: other packages cannot stand for that any more.
    fn exclude_others(&mut self, name: Name, first: Package, options: &[Provider<'g>]) {
        let graph = self.graph;
        let mut common = Common::default();
        let mut without_version: HashMap<Name, bool> = HashMap::new();
        let names_of = |package: Package, version: Option<&'g str>| {
            std::iter::once((graph.own[package], version)).chain(graph.provides[package].iter().copied())
        };
        for (before, option) in options.iter().enumerate() {
            for (other, version) in names_of(option.package, option.version) {
                if common.add(other, before) {
                    *without_version.entry(other).or_default() |= version.is_none();
                }
            }
        }
        for (other, _) in names_of(first, None) {
            if !common.take(other, options.len()) || other == name {
                continue;
            }
            let lenient = without_version.get(&other).copied().unwrap_or_default();
            for provider in &graph.providers[other] {
                let package = provider.package;
                let excused = |(provided, version): &(Name, Option<&str>)| {
                    *provided == name || (lenient && version.is_none())
                };
                let stays = graph.own[package] == name
                    || (lenient && provider.version.is_none())
                    || graph.provides[package].iter().any(excused);
                if !stays && self.packages[package].selectable {
                    self.disqualify(package);
                }
            }
        }
    }

    fn satisfiable(&self, package: Package) -> bool {
        self.graph.needs[package].iter().all(|need| self.can_be(package, *need))
    }

    fn can_be(&self, package: Package, need: Need<'g>) -> bool {
        let Need { name, dependency } = need;
        let state = &self.names[name];
        if dependency.conflict && self.chosen(name) == Some(package) {
            return true;
        }
        if state.locked {
            return dependency.admits(self.provided(name));
        }
        if state.requirers == 0 && dependency.admits(None) {
            return true;
        }
        let providers = &self.graph.providers[name];
        providers.iter().any(|provider| {
            self.packages[provider.package].selectable && dependency.admits(Some(provider.version))
        })
    }

    /// Whether `install_if` is fulfilled, cannot be any more, or is open.
    fn trigger(&mut self, package: Package) {
        if self.packages[package].triggered || self.packages[package].never_triggered {
            return;
        }
        let graph = self.graph;
        let (mut all, mut never) = (true, false);
        for need in &graph.install_if[package] {
            let locked = self.names[need.name].locked;
            let admitted = need.dependency.admits(self.provided(need.name));
            if !locked {
                all = false;
                break;
            }
            if !admitted {
                (all, never) = (false, true);
                break;
            }
        }
        let state = &mut self.packages[package];
        (state.triggered, state.never_triggered) = (all, never);
        if all {
            for need in &graph.install_if[package] {
                if let Some(by) = self.chosen(need.name) {
                    self.inherit(package, Some(by), need.dependency);
                }
            }
        }
    }
}
