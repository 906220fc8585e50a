//! Which files of a package are its outputs. In: patterns of the configuration. Out: a yes or no for paths. No file is
//! opened.
//!
//! A pattern is relative to the package: a folder or file (`dist`), or a glob (`*.node`, `lib/**/*.js`; `*` stays in
//! one folder). A folder includes everything in it. A pattern that begins with `!` excludes files that the others
//! match.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::{AppError, Result};

/// Compiled patterns, in the given order.
#[derive(Debug, Clone)]
pub struct Patterns {
    texts: Vec<String>,
    wanted: Vec<GlobMatcher>,
    unwanted: Vec<GlobMatcher>,
}

impl Patterns {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// If a text is not a glob or leaves the package.
    pub fn new(texts: &[String]) -> Result<Patterns> {
        let mut patterns = Patterns { texts: Vec::new(), wanted: Vec::new(), unwanted: Vec::new() };
        for text in texts {
            let (list, body) = match text.strip_prefix('!') {
                Some(body) => (&mut patterns.unwanted, body),
                None => {
                    patterns.texts.push(text.clone());
                    (&mut patterns.wanted, text.as_str())
                }
            };
            list.push(compile(text, body)?.compile_matcher());
        }
        Ok(patterns)
    }

    /// Whether a pattern matches `path`, relative to the package, or one of its parents, and no pattern excludes it.
    pub fn names(&self, path: &str) -> bool {
        self.matching(path).next().is_some()
    }

    /// The patterns that match `path`, by their position in [`Patterns::texts`].
    pub(crate) fn matching<'a>(&'a self, path: &'a str) -> impl Iterator<Item = usize> + 'a {
        let hits = |matcher: &GlobMatcher| prefixes(path).any(|prefix| matcher.is_match(prefix));
        let taken_away = self.unwanted.iter().any(hits);
        let wanted = self.wanted.iter().enumerate().filter(move |(_, matcher)| hits(matcher));
        wanted.map(|(index, _)| index).filter(move |_| !taken_away)
    }

    /// The patterns that match some of these paths, as given.
    pub(crate) fn counting<'a>(&'a self, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
        let hit: BTreeSet<usize> = paths.flat_map(|path| self.matching(path)).collect();
        let texts = self.texts.iter().enumerate();
        texts.filter(|(index, _)| hit.contains(index)).map(|(_, text)| text.clone()).collect()
    }

    /// The including patterns, as given.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

/// `a`, `a/b` and `a/b/c` for `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    above.chain([path])
}

fn compile(text: &str, body: &str) -> Result<Glob> {
    let body = body.trim_start_matches("./").trim_end_matches('/');
    if body.is_empty() || body.starts_with('/') || body.split('/').any(|part| part == "..") {
        return Err(AppError::PatternOut { pattern: text.to_owned() });
    }
    GlobBuilder::new(body)
        .literal_separator(true)
        .build()
        .map_err(|source| AppError::Pattern { pattern: text.to_owned(), source })
}

#[cfg(test)]
mod tests;
