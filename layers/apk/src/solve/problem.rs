//! What is to be solved. Comes in: records of indexes and of what is installed, and a world. Goes out: the same in one value.

use std::collections::BTreeSet;

use crate::dependency::ApkDependency;
use crate::record::ApkRecord;

/// A package, and where it can be had.
#[derive(Debug, Clone)]
pub(crate) struct ApkCandidate {
    pub record: ApkRecord,
    /// The places of its repositories in the list of them; empty for what is only installed.
    pub repositories: BTreeSet<usize>,
    /// Whether the base has it.
    pub installed: bool,
    /// Whether an earlier answer had it.
    pub preferred: bool,
}

/// What is to be solved.
#[derive(Debug)]
pub(crate) struct Problem<'p> {
    /// All packages. No two have one name, version and identity.
    pub candidates: &'p [ApkCandidate],
    /// The tag of each repository.
    pub tags: &'p [Option<String>],
    /// What is asked for.
    pub world: &'p [ApkDependency],
}
