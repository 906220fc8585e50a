//! What a package's own code names: a file that stands in a text of it stays.
//!
//! One pass over the code for all names at once. It is no reading of JavaScript: a name in a comment counts too, which keeps a file too many
//! and never takes one too many.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use fourply_store::{Pack, PackEntry, PackKind, StoreError};

use super::candidates::{doc_folder, test_folder};
use super::names::{base, extension, is_declaration};
use super::rule::PruneRule;

/// How code that handles declarations names them, in texts and in regular expressions.
const DECLARATIONS: [&str; 5] = [".d.ts", ".d.mts", ".d.cts", "\\.d\\.", ".d.$"];

/// What a compiler writes before the name of a map, at the end of a script.
const MAP_COMMENT: &[u8] = b"sourceMappingURL=";

/// The names that were found.
pub(super) struct Mentions(BTreeSet<String>);

impl Mentions {
    /// Looks in all code that stays for whatever would keep one of `candidates`.
    ///
    /// # Errors
    /// Where the pack can no longer be read.
    pub(super) fn in_code(
        pack: &Pack,
        candidates: &BTreeMap<&str, PruneRule>,
    ) -> Result<Mentions, StoreError> {
        let wanted: BTreeSet<&str> =
            candidates.iter().flat_map(|(path, rule)| bound_by(path, *rule)).collect();
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let mut found = BTreeSet::new();
        if wanted.is_empty() {
            return Ok(Mentions(found));
        }
        let Ok(search) = AhoCorasick::new(&wanted) else {
            // Too many names for one search: none of them is known not to be used.
            return Ok(Mentions(wanted.into_iter().map(str::to_owned).collect()));
        };
        let code = pack.entries().iter().filter(|entry| is_code(entry));
        for entry in code.filter(|entry| !candidates.contains_key(entry.path.as_str())) {
            let bytes = pack.bytes(entry)?;
            for hit in search.find_overlapping_iter(&*bytes) {
                let Some(name) = wanted.get(hit.pattern().as_usize()) else { continue };
                if is_mention(name, &bytes, hit.start(), hit.end()) {
                    found.insert((*name).to_owned());
                }
            }
        }
        Ok(Mentions(found))
    }

    /// Takes out of `candidates` what is named.
    pub(super) fn retain(&self, candidates: &mut BTreeMap<&str, PruneRule>) {
        candidates.retain(|path, rule| !bound_by(path, *rule).into_iter().any(|name| self.0.contains(name)));
    }
}

/// The names each of which keeps the file.
fn bound_by(path: &str, rule: PruneRule) -> Vec<&str> {
    let own = base(path);
    match rule {
        PruneRule::Docs => doc_folder(path).into_iter().chain([own]).collect(),
        PruneRule::Tests => test_folder(path).into_iter().collect(),
        PruneRule::Types if is_declaration(path) => DECLARATIONS.into_iter().chain([own]).collect(),
        PruneRule::Types | PruneRule::SourceMaps => vec![own],
        // A module that goes has a copy where code looks for it.
        PruneRule::Objects if own.ends_with(".node") => Vec::new(),
        PruneRule::Objects => vec![own],
        PruneRule::Prebuilds | PruneRule::Drop => Vec::new(),
    }
}

fn is_mention(name: &str, bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes.get(..start).unwrap_or_default();
    let next = bytes.get(end);
    let quote = |byte: &u8| matches!(byte, b'\'' | b'"' | b'`' | b'/' | b'\\');
    if DECLARATIONS.contains(&name) {
        return true;
    }
    if name.ends_with(".map") && before.ends_with(MAP_COMMENT) {
        return false;
    }
    // A whole component of a path in a text.
    before.last().is_some_and(quote) && next.is_some_and(quote)
}

fn is_code(entry: &PackEntry) -> bool {
    let PackKind::File { executable } = entry.kind else { return false };
    match extension(&entry.path) {
        Some(extension) => ["js", "cjs", "mjs"].contains(&extension.as_str()),
        None => executable,
    }
}
