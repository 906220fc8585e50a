//! Which names and packages could matter. In: a needed name. Out: the state, with every name that it could need or
//! trigger.

use super::graph::{Name, Package};
use super::state::SolverState;

impl SolverState<'_, '_> {
    /// Adds a name, and everything that it could need or trigger.
    pub(super) fn discover(&mut self, name: Name) {
        if std::mem::replace(&mut self.names[name].seen, true) {
            return;
        }
        let graph = self.graph;
        for provider in &graph.providers[name] {
            let package = provider.package;
            if !self.packages[package].seen {
                self.start(package);
                for need in &graph.needs[package] {
                    self.discover(need.name);
                    let below = self.names[need.name].chain + 1;
                    self.packages[package].chain = self.packages[package].chain.max(below);
                }
            }
            self.names[name].chain = self.names[name].chain.max(self.packages[package].chain);
        }
        for triggered in &graph.triggered[name] {
            self.discover(*triggered);
        }
        for provider in &graph.providers[name] {
            let provided = graph.provides[provider.package].iter().map(|(name, _)| *name);
            for other in provided.chain([graph.own[provider.package]]) {
                for triggered in &graph.triggered[other] {
                    self.discover(*triggered);
                }
            }
        }
    }

    fn start(&mut self, package: Package) {
        let untagged = self.has_tag(package, None);
        let state = &mut self.packages[package];
        state.seen = true;
        state.selectable = true;
        state.tag_allowed = untagged;
        state.tag_preferred = untagged;
        state.never_triggered = self.graph.install_if[package].is_empty();
    }
}
