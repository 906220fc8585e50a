//! Constraints and decisions. In: the graph and a world. Out: for each name its provider, or none.

use std::collections::{BTreeSet, VecDeque};

use super::graph::{Graph, Name, Need, Package, Provider};
use super::problem::Problem;
use crate::dependency::ApkDependency;

/// The state of a name.
#[derive(Debug, Clone, Default)]
pub(super) struct NameState<'g> {
    pub seen: bool,
    /// The number of packages that need it.
    pub requirers: u32,
    /// Whether it is decided.
    pub locked: bool,
    pub chosen: Option<Provider<'g>>,
    /// Whether one of its packages is triggered.
    pub triggered: bool,
    /// Whether more than one provider is possible, or one only against its tag.
    pub ambiguous: bool,
    /// None of its packages can be triggered any more.
    pub never_triggered: bool,
    /// All names of those that need it are decided.
    pub settled: bool,
    /// The world has it.
    pub asked: bool,
    pub check_needs: bool,
    pub check_triggers: bool,
    /// The longest chain of dependencies below it: long ones are decided first.
    pub chain: u32,
    pub in_dirty: bool,
    pub in_unresolved: bool,
}

/// The state of a package.
#[derive(Debug, Clone, Default)]
pub(super) struct PackageState {
    pub seen: bool,
    /// Whether nothing excludes it yet.
    pub selectable: bool,
    /// The number of constraints that it violates.
    pub conflicts: u32,
    /// The allowed tags: no tag is always allowed.
    tags: BTreeSet<String>,
    pub tag_allowed: bool,
    pub tag_preferred: bool,
    /// Whether it was among the options whose common dependencies were treated as needed.
    pub merged_before: bool,
    pub(super) merged: bool,
    pub triggered: bool,
    pub never_triggered: bool,
    pub chain: u32,
    faulty: bool,
}

pub(super) struct SolverState<'g, 'p> {
    pub graph: &'g Graph<'g>,
    pub problem: &'p Problem<'p>,
    pub(super) names: Vec<NameState<'g>>,
    pub(super) packages: Vec<PackageState>,
    pub(super) dirty: VecDeque<Name>,
    pub(super) unresolved: Vec<Name>,
    errors: u32,
}

impl<'g, 'p> SolverState<'g, 'p> {
    pub(super) fn new(graph: &'g Graph<'g>, problem: &'p Problem<'p>) -> Self {
        Self {
            graph,
            problem,
            names: vec![NameState::default(); graph.names.len()],
            packages: vec![PackageState::default(); graph.candidates.len()],
            dirty: VecDeque::new(),
            unresolved: Vec::new(),
            errors: 0,
        }
    }

    /// The number of faults.
    pub(super) fn errors(&self) -> u32 {
        self.errors
    }

    /// The chosen package of a name.
    pub(super) fn chosen(&self, name: Name) -> Option<Package> {
        self.names[name].chosen.map(|provider| provider.package)
    }

    /// The chosen provider of a name, in the form for comparing with dependencies.
    pub(super) fn provided(&self, name: Name) -> Option<Option<&'g str>> {
        self.names[name].chosen.map(|provider| provider.version)
    }

    /// Whether the package may come from one of its repositories.
    pub(super) fn tag_allowed(&self, package: Package) -> bool {
        self.packages[package].tag_allowed
    }

    /// Records a fault of a package (once), or of the world.
    pub(super) fn fault(&mut self, package: Option<Package>) {
        let known =
            package.is_some_and(|package| std::mem::replace(&mut self.packages[package].faulty, true));
        self.errors += u32::from(!known);
    }

    /// Whether the package is in a repository with this tag; an installed package always counts.
    pub(super) fn has_tag(&self, package: Package, tag: Option<&str>) -> bool {
        let candidate = &self.graph.candidates[package];
        if candidate.installed {
            return true;
        }
        let mut tags = candidate.repositories.iter().filter_map(|place| self.problem.tags.get(*place));
        tags.any(|known| known.as_deref() == tag)
    }

    /// Applies all dependencies of a package, once.
    pub(super) fn need_all(&mut self, package: Package) {
        let graph = self.graph;
        graph.needs[package].iter().for_each(|need| self.constrain(Some(package), *need));
    }

    /// Applies a dependency of a package or of the world.
    pub(super) fn constrain(&mut self, by: Option<Package>, need: Need<'_>) {
        let graph = self.graph;
        let Need { name, dependency } = need;
        if !dependency.conflict {
            self.names[name].requirers += 1;
            if self.names[name].requirers == 1 {
                self.needed_more(name);
            }
        }
        for provider in &graph.providers[name] {
            let admitted = dependency.admits(Some(provider.version));
            if dependency.conflict && by == Some(provider.package) {
                // A package does not conflict with names that it provides itself.
                continue;
            }
            if !admitted {
                self.packages[provider.package].conflicts += 1;
                if self.packages[provider.package].selectable {
                    self.disqualify(provider.package);
                }
            } else if !dependency.conflict {
                self.inherit(provider.package, by, dependency);
            }
        }
    }

    /// A package may come from where those that need it may; what the world asks for by tag is preferred from there.
    pub(super) fn inherit(&mut self, package: Package, by: Option<Package>, dependency: &ApkDependency) {
        match by {
            Some(by) => {
                let tags = self.packages[by].tags.clone();
                self.packages[package].tags.extend(tags);
            }
            None => {
                let tag = dependency.tag.as_deref();
                self.packages[package].tags.extend(tag.map(str::to_owned));
                self.packages[package].tag_preferred = self.has_tag(package, tag);
            }
        }
        let tags = self.packages[package].tags.clone();
        let allowed = tags.iter().any(|tag| self.has_tag(package, Some(tag)));
        self.packages[package].tag_allowed |= allowed;
    }

    pub(super) fn disqualify(&mut self, package: Package) {
        self.packages[package].selectable = false;
        for name in self.names_of(package) {
            self.recheck_dependents(name);
        }
        self.recheck_triggered_by(package);
    }

    fn names_of(&self, package: Package) -> Vec<Name> {
        let provided = self.graph.provides[package].iter().map(|(name, _)| *name);
        std::iter::once(self.graph.own[package]).chain(provided).collect()
    }

    pub(super) fn needed_more(&mut self, name: Name) {
        self.queue(name);
        self.recheck_triggered(name);
        self.soil(name);
    }

    pub(super) fn recheck_dependents(&mut self, name: Name) {
        let graph = self.graph;
        for dependent in &graph.dependents[name] {
            if self.names[*dependent].seen {
                self.names[*dependent].check_needs = true;
                self.soil(*dependent);
            }
        }
    }

    pub(super) fn recheck_triggered(&mut self, name: Name) {
        let graph = self.graph;
        for triggered in &graph.triggered[name] {
            let state = &self.names[*triggered];
            if state.seen && !state.never_triggered {
                self.names[*triggered].check_triggers = true;
                self.soil(*triggered);
            }
        }
    }

    pub(super) fn recheck_triggered_by(&mut self, package: Package) {
        for name in self.names_of(package) {
            self.recheck_triggered(name);
        }
    }

    fn soil(&mut self, name: Name) {
        let state = &mut self.names[name];
        if state.locked || state.in_dirty || (state.requirers == 0 && !state.check_triggers) {
            return;
        }
        state.in_dirty = true;
        self.dirty.push_back(name);
    }

    pub(super) fn queue(&mut self, name: Name) {
        let state = &mut self.names[name];
        if state.locked {
            return;
        }
        let wanted = state.requirers > 0 || state.triggered;
        if wanted && !state.in_unresolved {
            state.in_unresolved = true;
            self.unresolved.push(name);
        } else if !wanted && state.in_unresolved {
            self.leave(name);
        }
    }

    pub(super) fn leave(&mut self, name: Name) {
        if std::mem::replace(&mut self.names[name].in_unresolved, false) {
            self.unresolved.retain(|other| *other != name);
        }
    }
}
