//! The files that a package's own code names: a file in one of its strings stays.
//!
//! One pass over the code searches all names at once. It does not parse JavaScript: a name in a comment counts too.
//! That may keep a file too many, and never removes one too many.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use fourply_store::{Pack, PackEntry, PackKind, StoreError};

use super::candidates::{doc_folder, test_folder};
use super::names::{base, extension, is_declaration};
use super::rule::PruneRule;

/// How code that handles declarations names them, in strings and regular expressions.
const DECLARATIONS: [&str; 5] = [".d.ts", ".d.mts", ".d.cts", "\\.d\\.", ".d.$"];

/// What a compiler writes before the name of a map at the end of a script.
const MAP_COMMENT: &[u8] = b"sourceMappingURL=";

/// The names that were found.
pub(super) struct Mentions(BTreeSet<String>);

impl Mentions {
    /// Searches all code that stays for names that would keep one of `candidates`.
    ///
    /// # Errors
    /// The archive can no longer be read.
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
            // Too many names for one search: all of them count as used.
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

    /// Removes the named files from `candidates`.
    pub(super) fn retain(&self, candidates: &mut BTreeMap<&str, PruneRule>) {
        candidates.retain(|path, rule| !bound_by(path, *rule).into_iter().any(|name| self.0.contains(name)));
    }
}

/// The names, each of which keeps the file.
fn bound_by(path: &str, rule: PruneRule) -> Vec<&str> {
    let own = base(path);
    match rule {
        PruneRule::Docs => doc_folder(path).into_iter().chain([own]).collect(),
        PruneRule::Tests => test_folder(path).into_iter().collect(),
        PruneRule::Types if is_declaration(path) => DECLARATIONS.into_iter().chain([own]).collect(),
        PruneRule::Types | PruneRule::SourceMaps => vec![own],
        // A removed module has a copy where code loads it.
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
    // A whole path component in a string.
    before.last().is_some_and(quote) && next.is_some_and(quote)
}

fn is_code(entry: &PackEntry) -> bool {
    let PackKind::File { executable } = entry.kind else { return false };
    match extension(&entry.path) {
        Some(extension) => ["js", "cjs", "mjs"].contains(&extension.as_str()),
        None => executable,
    }
}
