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
        self.names[name].never_triggered = true;
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
            self.names[name].never_triggered &= self.packages[package].never_triggered;
            self.names[name].chain = self.names[name].chain.max(self.packages[package].chain);
        }
        for provider in &graph.providers[name] {
            for triggered in &graph.triggered[graph.own[provider.package]] {
                self.discover(*triggered);
            }
            for (provided, _) in &graph.provides[provider.package] {
                if !self.names[*provided].seen {
                    graph.triggered[*provided].iter().for_each(|triggered| self.discover(*triggered));
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
