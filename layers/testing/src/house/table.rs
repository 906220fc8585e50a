//! Numbers of a crate.
//!
//! In: a parsed [`Crate`] and its [`Graph`]. Out: one row of the table: product lines, lengths of functions, long files,
//! cycles.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::graph::Graph;
use super::sources::Crate;

/// The table's head, for [`Row`]. Of the files on cycles, the last column counts those on a cycle that is not only between
/// a module and its submodules.
pub(super) const HEAD: &str =
    "crate             lines  functions  median   p90   max  files  > 400  on cycles  across modules";

/// One crate's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    name: String,
    lines: usize,
    functions: usize,
    median: usize,
    p90: usize,
    max: usize,
    files: usize,
    long_files: usize,
    on_cycles: usize,
    across_modules: usize,
}

impl Row {
    /// Counts a crate.
    pub(super) fn of(krate: &Crate, graph: &Graph) -> Self {
        let mut lengths = Lengths(Vec::new());
        krate.files.iter().for_each(|file| lengths.visit_file(&file.syntax));
        lengths.0.sort_unstable();
        let at = |share: usize| lengths.0.get(lengths.0.len() * share / 100).copied().unwrap_or_default();
        Self {
            name: krate.name.clone(),
            lines: krate.files.iter().map(|file| file.lines).sum(),
            functions: lengths.0.len(),
            median: at(50),
            p90: at(90),
            max: lengths.0.last().copied().unwrap_or_default(),
            files: krate.files.len(),
            long_files: krate.files.iter().filter(|file| file.lines > 400).count(),
            on_cycles: graph.files_on_cycles(),
            across_modules: graph.across_modules().files_on_cycles(),
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, lines, functions, median, p90, max, files, long_files, on_cycles, across_modules } =
            self;
        write!(f, "{name:<16} {lines:>6} {functions:>10} {median:>7} {p90:>5} {max:>5} {files:>6}")?;
        write!(f, " {long_files:>6} {on_cycles:>10} {across_modules:>15}")
    }
}

/// The lines of all functions that have a body, from `fn` to the closing brace.
struct Lengths(Vec<usize>);

impl Lengths {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let (start, end) = (signature.fn_token.span().start(), block.brace_token.span.close().end());
        self.0.push(end.line + 1 - start.line);
    }
}

impl<'ast> Visit<'ast> for Lengths {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
