//! The graph of a crate's files.
//!
//! In: a parsed [`Crate`]. Out: its [`Graph`]. `mod x;` is no edge, a re-export is none by itself, and an `impl` block in
//! another file than its type's is one.

use super::graph::Graph;
use super::sources::Crate;
use super::uses::uses;

/// The uses of files of the crate by each other.
pub(super) fn graph(krate: &Crate) -> Graph {
    let mut graph = Graph::default();
    for (file, uses) in krate.files.iter().zip(uses(krate)) {
        for (used, items) in uses {
            graph.add(&file.path, &krate.files[used].path, items);
        }
    }
    graph
}
