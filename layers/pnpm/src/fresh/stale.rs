//! What differs between a lockfile and the workspace, and how it is told. Text out.

use std::fmt;

use crate::ImporterId;

/// More differences than anyone reads.
const SHOWN: usize = 30;

/// One entry that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The package whose package.json it is; nothing for settings of the workspace.
    pub importer: Option<ImporterId>,
    /// What differs: a dependency with its list, a setting with its entry; a sentence where neither side says anything.
    pub name: String,
    /// What package.json or the settings say.
    pub manifest: Option<String>,
    /// What the lockfile says.
    pub lockfile: Option<String>,
}

/// A lockfile that was made for other manifests or settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub differences: Vec<Difference>,
    /// A pnpmfile takes part in it, whose hooks are not run here.
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
        write!(f, "{place}{}: {source} says {manifest}, the lockfile {lockfile}", self.name)
    }
}
