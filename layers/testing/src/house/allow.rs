//! The allow-list: violations that are known, each of them exactly.
//!
//! In: its text and a [`Report`]. Out: what the two do not share: violations that are new, and entries that are not needed
//! any more. One line is `cycle FROM -> TO` (an edge without which there is no cycle) or `RULE PATH COUNT`; the reason may
//! stand behind `#`.

use std::collections::BTreeMap;

use super::graph::{Edge, Graph};
use super::report::Report;
use super::words::Finding;

/// The known violations.
#[derive(Debug, Default)]
pub struct AllowList {
    edges: Vec<Edge>,
    counts: BTreeMap<(String, String), usize>,
}

impl AllowList {
    /// Parses the text of an allow-list.
    ///
    /// # Errors
    /// The line that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut list = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["cycle", from, "->", to] => list.edges.push(((*from).into(), (*to).into())),
                [rule, path, count] => {
                    let count = count.parse().map_err(|_| format!("no line of an allow-list: {line}"))?;
                    list.counts.insert(((*rule).into(), (*path).into()), count);
                }
                _ => return Err(format!("no line of an allow-list: {line}")),
            }
        }
        Ok(list)
    }

    /// The list that allows exactly what a report has.
    pub fn text_for(report: &Report) -> String {
        let edges = report
            .graphs
            .iter()
            .flat_map(Graph::feedback)
            .map(|(from, to)| format!("cycle {from} -> {to}\n"));
        let counts = count(&report.findings);
        edges
            .chain(counts.iter().map(|((rule, path), details)| format!("{rule} {path} {}\n", details.len())))
            .collect()
    }

    /// What is new, and what is allowed and not there. Empty if report and list fit exactly.
    pub fn problems(&self, report: &Report) -> Vec<String> {
        let mut problems = Vec::new();
        for graph in &report.graphs {
            self.add_cycles(graph, &mut problems);
        }
        let known = |edge: &Edge| report.graphs.iter().any(|graph| graph.has(edge));
        problems.extend(self.edges.iter().filter(|edge| !known(edge)).map(stale_edge));
        self.add_counts(report, &mut problems);
        problems
    }

    fn add_cycles(&self, graph: &Graph, problems: &mut Vec<String>) {
        let allowed: Vec<&Edge> = self.edges.iter().filter(|edge| graph.has(edge)).collect();
        let rest = graph.without(allowed.iter().copied());
        problems.extend(rest.cycles().iter().map(|cycle| format!("cycle: {}", rest.describe(cycle))));
        for edge in &allowed {
            let others = allowed.iter().copied().filter(|other| other != edge);
            if rest.cycles().is_empty() && graph.without(others).cycles().is_empty() {
                problems.push(stale_edge(edge));
            }
        }
    }

    fn add_counts(&self, report: &Report, problems: &mut Vec<String>) {
        let found = count(&report.findings);
        for (key @ (rule, path), details) in &found {
            let allowed = self.counts.get(key).copied().unwrap_or_default();
            if details.len() > allowed {
                problems.push(format!(
                    "{rule}: {path}: {} found, {allowed} allowed{}",
                    details.len(),
                    list(details)
                ));
            }
        }
        for (key @ (rule, path), allowed) in &self.counts {
            let count = found.get(key).map(Vec::len).unwrap_or_default();
            if count < *allowed {
                problems.push(format!(
                    "stale: `{rule} {path} {allowed}`: {count} found; lower or remove the entry"
                ));
            }
        }
    }
}

fn stale_edge((from, to): &Edge) -> String {
    format!("stale: `cycle {from} -> {to}`: no cycle needs it; remove the entry")
}

fn list(details: &[String]) -> String {
    details.iter().map(|detail| format!("\n      {detail}")).collect()
}

fn count(findings: &[Finding]) -> BTreeMap<(String, String), Vec<String>> {
    let mut counts: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for Finding { rule, subject, detail } in findings {
        counts.entry(((*rule).to_owned(), subject.clone())).or_default().push(detail.clone());
    }
    counts
}
