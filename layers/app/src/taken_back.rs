//! Globs of the inputs that include files again that .gitignore files exclude. In: the configured globs, the folders of
//! packages. Out: which globs do so, and a yes or no for paths. No file is opened.
//!
//! A glob that begins with a package's folder can have no other meaning: all other files of a package count anyway. At
//! the root, outside packages, only a path without wildcards does so, for itself: other globs there select files, and
//! ignore files still apply.

use std::collections::BTreeSet;

use crate::owner::{names_package, owner, plain};
use crate::root_inputs::{PathPart, may_match_below, parts};
use crate::{Patterns, Result};

/// The globs that include ignored files.
#[derive(Debug, Clone)]
pub(crate) struct TakenBack {
    patterns: Patterns,
    globs: Vec<Vec<PathPart>>,
}

impl TakenBack {
    /// From all globs of the inputs; `packages` are folders, `.` for the root.
    ///
    /// # Errors
    /// If a text is not a glob or leaves the workspace.
    pub(crate) fn new(globs: &[String], packages: &BTreeSet<String>) -> Result<TakenBack> {
        let body = |glob: &str| glob.trim_start_matches('!').to_owned();
        let counts = |glob: &&String| names_package(&body(glob), packages) || is_plain(glob);
        let texts: Vec<String> = globs.iter().filter(counts).cloned().collect();
        let patterns = Patterns::new(&texts)?;
        let globs = patterns.texts().iter().filter_map(|text| parts(text)).collect();
        Ok(TakenBack { patterns, globs })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether a file counts although it is ignored.
    pub(crate) fn names(&self, path: &str, packages: &BTreeSet<String>) -> bool {
        match owner(packages, path, false) {
            "." => self.patterns.texts().iter().any(|text| plain(text) == path) && self.patterns.names(path),
            _ => self.patterns.names(path),
        }
    }

    /// Whether this folder may contain a counting file.
    pub(crate) fn may_hold(&self, folder: &str) -> bool {
        self.globs.iter().any(|glob| may_match_below(glob, folder))
    }

    /// The globs that match some of these files.
    pub(crate) fn counting<'a>(&'a self, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
        self.patterns.counting(paths)
    }
}

fn is_plain(glob: &str) -> bool {
    !glob.contains(['*', '?', '[', '{', '!'])
}

#[cfg(test)]
mod tests;
