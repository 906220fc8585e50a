//! The check of the sources' structure: no cycles between files, and rules that the compiler does not know.
//!
//! In: the workspace's root and the allow-list. Out: a [`Report`] with a table of numbers per crate, and all violations.
//! It parses product sources only: neither `tests.rs`, nor `tests/`, nor what `#[cfg(test)]` guards.

mod allow;
mod cycles;
mod folders;
mod graph;
mod keys;
mod names;
mod report;
mod sources;
mod table;
mod tokens;
mod uses;
mod words;

pub use allow::AllowList;
pub use report::Report;

use std::path::{Path, PathBuf};

/// The root of this workspace.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The path of this workspace's allow-list.
pub fn allow_list_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("house.allow")
}

#[cfg(test)]
mod tests;
