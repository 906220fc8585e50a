//! Trees that real pnpm of many versions made, kept as what changed from one version to the next.
//!
//! In: rows of trees, or the text of a `.trees` file. Out: the same, and the rows of one version. A version's line begins with `@`; `-` and `+` lines follow,
//! which lead from the version before to this one. A digest is cut to 16 digits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::made::Made;
use crate::real_pnpm;

/// A made-up workspace in one way of installing it.
pub struct Variant {
    /// What its file is called.
    pub name: &'static str,
    pub workspace: &'static str,
    pub service: &'static str,
    hoisted: bool,
    pub scripts: bool,
}

/// Those that are recorded.
pub const VARIANTS: [Variant; 5] = [
    Variant { name: "shop", workspace: "shop", service: "services/orders", hoisted: false, scripts: false },
    Variant {
        name: "shop-hoisted",
        workspace: "shop",
        service: "services/orders",
        hoisted: true,
        scripts: false,
    },
    Variant {
        name: "shop-scripts",
        workspace: "shop",
        service: "services/orders",
        hoisted: false,
        scripts: true,
    },
    Variant { name: "depths", workspace: "depths", service: "app", hoisted: false, scripts: false },
    Variant { name: "peers", workspace: "peers", service: "app", hoisted: false, scripts: false },
];

impl Variant {
    /// Writes what it sets where this version reads it.
    pub fn configure(&self, root: &Path, version: &str) {
        let (file, line) = match real_pnpm::major(version) {
            ..=10 => (".npmrc", "node-linker=hoisted\n"),
            _ => ("pnpm-workspace.yaml", "\nnodeLinker: hoisted\n"),
        };
        if self.hoisted {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            std::fs::write(root.join(file), text + line).unwrap();
        }
    }

    /// The lines of what this version installs in `root`, a folder without anything.
    ///
    /// # Errors
    /// What pnpm said if it failed.
    pub fn install(&self, version: &str, root: &Path) -> Result<BTreeSet<String>, String> {
        Made::new(self.workspace, real_pnpm::major(version)).copy_to(root);
        self.configure(root, version);
        real_pnpm::install(version, root, Some(&format!("{{./{}}}...", self.service)), self.scripts)?;
        Ok(tree(real_pnpm::rows_at(root, Some("/app"))))
    }

    /// Whether one run may differ from the next: docs/pnpm.md, "Where pnpm is inconsistent".
    pub fn varies(&self, version: &str) -> bool {
        self.hoisted || real_pnpm::major(version) <= 11
    }
}

/// The lines of a tree.
pub fn tree(rows: BTreeMap<String, String>) -> BTreeSet<String> {
    rows.into_iter().map(|(path, row)| line(&path, &row)).collect()
}

fn line(path: &str, row: &str) -> String {
    let (start, value) = row.rsplit_once('\t').unwrap();
    let value = if row.starts_with('f') { &value[..16] } else { value };
    format!("{path}\t{start}\t{value}")
}

/// The trees of one file, by version.
#[derive(Default)]
pub struct Recorded(Vec<(String, BTreeSet<String>)>);

impl Recorded {
    /// Those of a file; none where it is not there.
    pub fn read(file: &Path) -> Recorded {
        let mut recorded = Recorded::default();
        let mut rows = BTreeSet::new();
        for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
            match line.split_at_checked(1) {
                Some(("@", version)) => recorded.0.push((version.trim().to_owned(), rows.clone())),
                Some(("+", row)) => drop(rows.insert(row.to_owned())),
                Some(("-", row)) => drop(rows.remove(row)),
                _ => continue,
            }
            if let Some((_, last)) = recorded.0.last_mut() {
                last.clone_from(&rows);
            }
        }
        recorded
    }

    /// Adds a version where it belongs.
    pub fn insert(&mut self, version: &str, rows: BTreeSet<String>) {
        self.0.push((version.to_owned(), rows));
        self.0.sort_by_key(|(version, _)| numbers(version));
    }

    /// The versions, the oldest first.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(version, _)| version.as_str())
    }

    /// The lines of each version.
    pub fn trees(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(version, rows)| (version.as_str(), rows))
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let (mut text, mut before) = (String::new(), &BTreeSet::new());
        for (version, rows) in &self.0 {
            writeln!(text, "@ {version}").unwrap();
            before.difference(rows).for_each(|row| writeln!(text, "-{row}").unwrap());
            rows.difference(before).for_each(|row| writeln!(text, "+{row}").unwrap());
            before = rows;
        }
        text
    }
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}
