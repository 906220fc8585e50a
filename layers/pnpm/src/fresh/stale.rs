//! Differences between a lockfile and the workspace, and their text.

use std::fmt;

use crate::ImporterId;

/// The most differences in one error text.
const SHOWN: usize = 30;

/// One entry that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The package with the package.json; `None` for settings of the workspace.
    pub importer: Option<ImporterId>,
    /// What differs: a dependency with its list, or a setting with its entry. A full sentence if both sides are `None`.
    pub name: String,
    /// The value in package.json or the settings.
    pub manifest: Option<String>,
    /// The value in the lockfile.
    pub lockfile: Option<String>,
}

/// A lockfile that was made for other manifests or settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub differences: Vec<Difference>,
    /// It involves a pnpmfile, whose hooks are not run here.
    pub pnpmfile: bool,
}

impl std::error::Error for Stale {}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pnpm-lock.yaml is not up to date:")?;
        for difference in self.differences.iter().take(SHOWN) {
            write!(f, "\n  {difference}")?;
        }
        match self.differences.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, source) = match &self.importer {
            Some(importer) => (format!("{importer}: "), "package.json"),
            None => (String::new(), "the workspace"),
        };
        if self.manifest.is_none() && self.lockfile.is_none() {
            return write!(f, "{place}{}", self.name);
        }
        let said = |value: &Option<String>| {
            value.as_ref().map_or("nothing".to_owned(), |value| format!("{value:?}"))
        };
        let (manifest, lockfile) = (said(&self.manifest), said(&self.lockfile));
        write!(f, "{place}{}: {source} has {manifest}, the lockfile has {lockfile}", self.name)
    }
}
