//! The input of the solver. In: records of indexes and of installed packages, and a world. Out: the same in one value.

use std::collections::BTreeSet;

use crate::dependency::ApkDependency;
use crate::record::ApkRecord;

/// A package, and its repositories.
#[derive(Debug, Clone)]
pub(crate) struct ApkCandidate {
    pub record: ApkRecord,
    /// The positions of its repositories in their list; empty for a package that is only installed.
    pub repositories: BTreeSet<usize>,
    /// Whether the base has it.
    pub installed: bool,
    /// Whether an earlier resolution had it.
    pub preferred: bool,
}

/// The input of the solver.
#[derive(Debug)]
pub(crate) struct Problem<'p> {
    /// All packages. No two have the same name, version and identity.
    pub candidates: &'p [ApkCandidate],
    /// The tag of each repository.
    pub tags: &'p [Option<String>],
    /// The requested dependencies.
    pub world: &'p [ApkDependency],
}
