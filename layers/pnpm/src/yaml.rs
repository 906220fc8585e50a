//! YAML → typed values, with limits that depend on the text's size. Text in; it knows nothing of the meaning.

use serde::de::DeserializeOwned;
use serde_saphyr::budget::Budget;

/// More than any file of a workspace has, but less than what exhausts memory.
pub(crate) const LARGEST: usize = 128 << 20;

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub message: String,
    /// Line, from 1, where known.
    pub line: Option<u64>,
}

/// Reads one document. Keys may be as long as in pnpm's own parser: YAML's limit of 1,024 characters does not apply.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let options = serde_saphyr::options! {
        budget: Some(budget(text.len())),
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| YamlError {
        line: error.location().map(|at| at.line()),
        message: error.without_snippet().to_string(),
    })
}

/// A node takes at least two bytes of text, so these limits reject only texts built to explode.
fn budget(size: usize) -> Budget {
    let nodes = size / 2 + 1_000;
    let mut budget = Budget::default();
    budget.max_reader_input_bytes = Some(LARGEST);
    budget.simple_key_max_lookahead = 1 << 16;
    budget.max_events = nodes.saturating_mul(2);
    budget.max_nodes = nodes;
    budget.max_total_scalar_bytes = size + 1_000;
    budget.max_depth = 64;
    budget.max_documents = 2;
    budget.max_aliases = 1_000;
    budget.max_anchors = 1_000;
    budget
}
