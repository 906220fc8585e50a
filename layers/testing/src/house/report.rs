//! All that the check finds in a workspace.
//!
//! In: the workspace's root. Out: [`Report`]: the table, and the violations to hold against the allow-list.

use std::io::Result;
use std::path::Path;

use super::cycles::graph;
use super::folders;
use super::graph::Graph;
use super::keys::Keys;
use super::sources::{Crate, member_folders};
use super::table::{HEAD, Row};
use super::words::{Finding, debug_in_keys, pnpm_versions, program_words};

/// The state of a workspace's sources.
#[derive(Debug, Default)]
pub struct Report {
    pub(super) rows: Vec<Row>,
    pub(super) graphs: Vec<Graph>,
    pub(super) findings: Vec<Finding>,
    pub(super) keys: Keys,
}

impl Report {
    /// Reads and checks the workspace at `root`.
    ///
    /// # Errors
    /// If a manifest or a source cannot be read or parsed.
    pub fn of(root: &Path) -> Result<Self> {
        let mut report = Self::default();
        for folder in member_folders(root)? {
            report.add(&Crate::read(root, &folder)?);
        }
        let of_files = folders::findings(root, &["src", "layers", "tests", "benches", "fuzz", "examples"])?;
        report.findings.extend(of_files);
        report.findings.extend(report.keys.findings());
        Ok(report)
    }

    /// The table: a row for each crate.
    pub fn table(&self) -> String {
        let rows = self.rows.iter().map(|row| format!("{row}\n"));
        std::iter::once(format!("{HEAD}\n")).chain(rows).collect()
    }

    /// Checks one crate. Rules on words are for product code: the crate for tests is none.
    pub(super) fn add(&mut self, krate: &Crate) {
        let graph = graph(krate);
        self.rows.push(Row::of(krate, &graph));
        self.graphs.push(graph);
        if krate.name == "fourply-testing" {
            return;
        }
        for file in &krate.files {
            self.findings.extend(pnpm_versions(file));
            self.findings.extend(debug_in_keys(file));
            self.keys.add(file);
            if !krate.folder.is_empty() {
                self.findings.extend(program_words(file));
            }
        }
    }
}
