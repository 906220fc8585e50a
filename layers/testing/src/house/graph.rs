//! Which file uses which, and the cycles of it.
//!
//! In: edges between files, each with the names of the items. Out: cycles, and a small set of edges that all cycles need.
//! Knows nothing of Rust.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// From a file to a file.
pub(super) type Edge = (String, String);

/// Files and their uses of each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    edges: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// Adds a use of items.
    pub(super) fn add(&mut self, from: &str, to: &str, items: impl IntoIterator<Item = String>) {
        let edges = self.edges.entry(from.to_owned()).or_default();
        edges.entry(to.to_owned()).or_default().extend(items);
    }

    /// Whether the first file uses the second.
    pub(super) fn has(&self, (from, to): &Edge) -> bool {
        self.edges.get(from).is_some_and(|edges| edges.contains_key(to))
    }

    /// The graph without some edges.
    pub(super) fn without<'a>(&self, edges: impl IntoIterator<Item = &'a Edge>) -> Self {
        let mut graph = self.clone();
        for (from, to) in edges {
            if let Some(edges) = graph.edges.get_mut(from) {
                edges.remove(to);
            }
        }
        graph
    }

    /// The graph without uses by submodules of what their parents define: what is left are cycles across modules.
    pub(super) fn across_modules(&self) -> Self {
        let folder = |file: &str| format!("{}/", file.trim_end_matches(".rs"));
        let edges = self
            .edges
            .iter()
            .flat_map(|(from, edges)| edges.keys().map(move |to| (from.clone(), to.clone())));
        let upwards: Vec<Edge> = edges.filter(|(from, to)| from.starts_with(&folder(to))).collect();
        self.without(&upwards)
    }

    /// One shortest cycle for each group of files that all reach each other.
    pub(super) fn cycles(&self) -> Vec<Vec<String>> {
        let mut done = BTreeSet::new();
        let mut cycles = Vec::new();
        for file in self.edges.keys() {
            if done.contains(file) {
                continue;
            }
            if let Some(cycle) = self.cycle_through(file) {
                done.extend(self.group(file));
                cycles.push(cycle);
            }
        }
        cycles
    }

    /// A small set of edges without which there is no cycle: edges of few items first, none of them superfluous.
    pub(super) fn feedback(&self) -> Vec<Edge> {
        let mut cut: Vec<Edge> = Vec::new();
        let mut graph = self.clone();
        while let Some(cycle) = graph.cycles().into_iter().next() {
            let edges = cycle.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            cut.extend(edges.min_by_key(|edge| (self.items(edge).len(), edge.clone())));
            graph = self.without(&cut);
        }
        for edge in cut.clone() {
            let others: Vec<Edge> = cut.iter().filter(|other| **other != edge).cloned().collect();
            if self.without(&others).cycles().is_empty() {
                cut = others;
            }
        }
        cut.sort();
        cut
    }

    /// A cycle as text: `a.rs -> b.rs -> a.rs`, each step with the items that the file before uses.
    pub(super) fn describe(&self, cycle: &[String]) -> String {
        let mut text = cycle.join(" -> ");
        for pair in cycle.windows(2) {
            let items = self.items(&(pair[0].clone(), pair[1].clone()));
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            text.push_str(&format!("\n      {} uses {} of {}", pair[0], items.join(", "), pair[1]));
        }
        text
    }

    /// The names of the items that an edge is about.
    pub(super) fn items(&self, (from, to): &Edge) -> BTreeSet<String> {
        self.edges.get(from).and_then(|edges| edges.get(to)).cloned().unwrap_or_default()
    }

    /// The number of files that lie on a cycle.
    pub(super) fn files_on_cycles(&self) -> usize {
        self.edges.keys().filter(|file| self.cycle_through(file).is_some()).count()
    }

    /// The shortest cycle through a file: the file, those between, the file again.
    fn cycle_through(&self, file: &str) -> Option<Vec<String>> {
        let before = self.reach(file);
        let mut cycle = vec![file.to_owned()];
        let mut last = before.get(file)?;
        while last != file {
            cycle.push(last.clone());
            last = &before[last];
        }
        cycle.push(file.to_owned());
        cycle.reverse();
        Some(cycle)
    }

    /// All files that a file reaches, each with the one before it on a shortest way.
    fn reach(&self, file: &str) -> BTreeMap<String, String> {
        let mut before = BTreeMap::new();
        let mut queue = VecDeque::from([file.to_owned()]);
        while let Some(from) = queue.pop_front() {
            for to in self.edges.get(&from).into_iter().flat_map(BTreeMap::keys) {
                if !before.contains_key(to) {
                    before.insert(to.clone(), from.clone());
                    queue.push_back(to.clone());
                }
            }
        }
        before
    }

    /// All files that a file reaches and that reach it.
    fn group(&self, file: &str) -> BTreeSet<String> {
        self.reach(file).into_keys().filter(|other| self.reach(other).contains_key(file)).collect()
    }
}
