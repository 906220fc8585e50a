//! The order of installation: dependencies before a package, triggered packages directly after it. In: decisions. Out:
//! packages in order; unsatisfied dependencies become errors.

use super::graph::{Name, Need, Package};
use super::state::SolverState;
use crate::dependency::ApkDependency;

/// Walks from the world.
pub(super) fn order(state: &mut SolverState<'_, '_>, world: &[ApkDependency]) -> Vec<Package> {
    let mut walk = Walk {
        names: vec![false; state.graph.names.len()],
        packages: vec![false; state.graph.candidates.len()],
        installs: Vec::new(),
    };
    for dependency in world {
        let Some(name) = state.graph.find(&dependency.name) else { continue };
        if !dependency.admits(state.provided(name)) {
            state.fault(None);
            state.fault(state.chosen(name));
        }
        walk.name(state, name);
    }
    walk.installs
}

struct Walk {
    names: Vec<bool>,
    packages: Vec<bool>,
    installs: Vec<Package>,
}

impl Walk {
    /// The recursion is as deep as the longest chain of dependencies.
    fn name(&mut self, state: &mut SolverState<'_, '_>, name: Name) {
        if std::mem::replace(&mut self.names[name], true) {
            return;
        }
        let Some(package) = state.chosen(name) else { return };
        if std::mem::replace(&mut self.packages[package], true) {
            return;
        }
        let graph = state.graph;
        // All names of the package are visited before its dependencies: packages that wait for one of the names may be
        // installed with them.
        let provided = graph.provides[package].iter().map(|(name, _)| *name);
        let all: Vec<Name> = std::iter::once(graph.own[package]).chain(provided).collect();
        all.iter().for_each(|name| self.names[*name] = true);
        for need in &graph.needs[package] {
            self.need(state, package, *need);
        }
        self.installs.push(package);
        for triggered in all.iter().flat_map(|name| &graph.triggered[*name]) {
            self.trigger(state, *triggered);
        }
    }

    fn need(&mut self, state: &mut SolverState<'_, '_>, package: Package, need: Need<'_>) {
        let itself = need.dependency.conflict && state.chosen(need.name) == Some(package);
        if !itself && !need.dependency.admits(state.provided(need.name)) {
            state.fault(Some(package));
        }
        self.name(state, need.name);
    }

    fn trigger(&mut self, state: &mut SolverState<'_, '_>, name: Name) {
        let Some(package) = state.chosen(name).filter(|_| !self.names[name]) else { return };
        let there =
            |need: &Need<'_>| self.names[need.name] && need.dependency.admits(state.provided(need.name));
        if state.graph.install_if[package].iter().all(there) {
            self.name(state, name);
        }
    }
}
