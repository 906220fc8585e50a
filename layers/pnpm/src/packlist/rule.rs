//! One line of an ignore file, or one entry of `files`. Text in, yes or no for paths out.
//!
//! Source: npm's ignore-walk reads both with minimatch and the options `matchBase`, `dot`, `nocase` and `flipNegate`: a
//! pattern without a slash matches names in any folder, dots are ordinary characters, and case is ignored.

use fourply_blob::{Cause, Reason};

use fancy_regex::Regex;
use globset::{GlobBuilder, GlobMatcher};

use super::extended::{self, Minimatch};

/// The most alternatives of one line.
const MOST_ALTERNATIVES: usize = 1_000;

/// A pattern and its effect.
#[derive(Debug, Clone)]
pub(super) struct IgnoreRule {
    /// It includes paths instead of excluding them.
    pub(super) negate: bool,
    alternatives: Vec<Vec<Part>>,
}

#[derive(Debug, Clone)]
enum Part {
    /// `**`.
    Any,
    /// A name without wildcards, in lower case.
    Name(String),
    /// A name with wildcards.
    Glob(Box<GlobMatcher>),
    /// A name with `@(a|b)` and the like in it.
    Extended(Box<Regex>),
    /// A name that nothing matches.
    Nothing,
}

impl IgnoreRule {
    /// Reads a line; every leading `!` inverts its effect.
    ///
    /// # Errors
    /// A pattern of a kind that is not supported; see [`extended`].
    pub(super) fn new(text: &str, minimatch: Minimatch) -> Result<IgnoreRule, Cause> {
        let body = text.trim_start_matches('!');
        let negate = (text.len() - body.len()) % 2 == 1;
        Ok(IgnoreRule { negate, ..IgnoreRule::plain(body, minimatch)? })
    }

    /// Reads a text in which `!` has no effect of its own.
    ///
    /// # Errors
    /// As [`IgnoreRule::new`].
    pub(super) fn plain(text: &str, minimatch: Minimatch) -> Result<IgnoreRule, Cause> {
        let mut alternatives = Vec::new();
        expand(text, &mut alternatives)
            .map_err(|()| format!("the pattern {text:?} has too many alternatives"))?;
        let alternatives = alternatives.iter().map(|text| parts(text, minimatch)).collect::<Result<_, _>>();
        let alternatives = alternatives.map_err(|reason: Cause| {
            Reason::because(format!("the pattern {text:?} is not supported: {reason}"), reason)
        })?;
        Ok(IgnoreRule { negate: false, alternatives })
    }

    /// Whether the pattern matches the path, or its last name if the pattern has no slash. A `partial` path may be the
    /// beginning of a match.
    pub(super) fn matches(&self, path: &str, partial: bool) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        let last = path.iter().rev().find(|part| !part.is_empty()).copied().unwrap_or_default();
        self.alternatives.iter().any(|parts| match parts.len() {
            1 => fits(&[last], parts, partial),
            _ => fits(&path, parts, partial),
        })
    }

    /// Whether the pattern matches the whole path, whatever slashes it has.
    pub(super) fn matches_whole(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|parts| fits(&path, parts, false))
    }

    /// Whether it is a single name: `dist` or `dist/`.
    pub(super) fn is_relative(&self) -> bool {
        let ends_open = |parts: &Vec<Part>| matches!(parts.last(), Some(Part::Name(name)) if name.is_empty());
        self.alternatives.iter().any(|parts| parts.len() <= if ends_open(parts) { 2 } else { 1 })
    }
}

/// `a{b,c}` becomes `ab` and `ac`. A brace without a comma or a closing brace is a literal character.
fn expand(text: &str, found: &mut Vec<String>) -> Result<(), ()> {
    if found.len() >= MOST_ALTERNATIVES {
        return Err(());
    }
    let Some((start, end, commas)) = braces(text) else {
        found.push(text.to_owned());
        return Ok(());
    };
    let mut from = start + 1;
    for at in commas.into_iter().chain([end]) {
        let choice = text.get(from..at).unwrap_or_default();
        let whole = format!(
            "{}{choice}{}",
            text.get(..start).unwrap_or_default(),
            text.get(end + 1..).unwrap_or_default()
        );
        expand(&whole, found)?;
        from = at + 1;
    }
    Ok(())
}

/// The first braces with several choices: start, end, and the commas at their own level.
fn braces(text: &str) -> Option<(usize, usize, Vec<usize>)> {
    for (start, _) in text.match_indices('{') {
        let (mut depth, mut commas) = (0_usize, Vec::new());
        for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < start) {
            match letter {
                '{' => depth += 1,
                ',' if depth == 1 => commas.push(at),
                '}' if depth == 1 && !commas.is_empty() => return Some((start, at, commas)),
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

fn parts(text: &str, minimatch: Minimatch) -> Result<Vec<Part>, Cause> {
    // Repeated slashes count as one.
    let last = text.matches('/').count();
    let parts = text.split('/').enumerate();
    parts
        .filter(|(at, part)| !part.is_empty() || *at == 0 || *at == last)
        .map(|(_, part)| self::part(part, minimatch))
        .collect()
}

fn part(text: &str, minimatch: Minimatch) -> Result<Part, Cause> {
    if text == "**" {
        return Ok(Part::Any);
    }
    if extended::is_extended(text) {
        let matcher = extended::matcher(text, minimatch)?;
        return Ok(matcher.map_or(Part::Nothing, |regex| Part::Extended(Box::new(regex))));
    }
    if text.contains(['*', '?', '[', '\\']) {
        // Braces that were not expanded are literal.
        let plain = text.replace('{', "[{]").replace('}', "[}]");
        let glob = GlobBuilder::new(&plain)
            .literal_separator(true)
            .case_insensitive(true)
            .backslash_escape(true)
            .build();
        if let Ok(glob) = glob {
            return Ok(Part::Glob(Box::new(glob.compile_matcher())));
        }
    }
    Ok(Part::Name(text.to_lowercase()))
}

impl Part {
    fn is(&self, name: &str) -> bool {
        match self {
            Part::Any => true,
            Part::Name(own) => *own == name.to_lowercase(),
            Part::Glob(glob) => !matches!(name, "" | "." | "..") && glob.is_match(name),
            // A match that needs more than a million steps counts as none.
            Part::Extended(regex) => !matches!(name, "." | "..") && regex.is_match(name).unwrap_or(false),
            Part::Nothing => false,
        }
    }
}

/// Source: minimatch's `matchOne`.
fn fits(path: &[&str], pattern: &[Part], partial: bool) -> bool {
    let (Some((part, pattern)), Some((name, rest))) = (pattern.split_first(), path.split_first()) else {
        return match (path, pattern.is_empty()) {
            ([], true) => true,
            ([], false) => partial,
            // Only a slash at the end of the path is left.
            ([last], true) => last.is_empty(),
            _ => false,
        };
    };
    if !matches!(part, Part::Any) {
        return part.is(name) && fits(rest, pattern, partial);
    }
    if pattern.is_empty() {
        return path.iter().all(|name| !matches!(*name, "." | ".."));
    }
    (0..path.len()).any(|skipped| path.get(skipped..).is_some_and(|rest| fits(rest, pattern, partial)))
        || partial
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::IgnoreRule;
    use crate::packlist::extended::Minimatch;

    fn rule(text: &str) -> Result<IgnoreRule, fourply_blob::Cause> {
        IgnoreRule::new(text, Minimatch::Ten)
    }

    #[test]
    fn patterns_are_read_as_npm_reads_them() {
        for (pattern, path, expected) in [
            ("dist", "a/b/dist", true),
            ("/dist", "a/dist", false),
            ("/dist", "/dist", true),
            ("dist/", "dist/", true),
            ("dist/", "dist", false),
            ("*.JS", "a/x.js", true),
            ("**/.git/**", "/.git/config", true),
            ("**/.git/**", "/a/.git/x/y", true),
            ("a/**", "a/b/c", true),
            ("a/**/c", "a/c", true),
            ("src/{a,b/c}.ts", "src/b/c.ts", true),
            ("x{y", "x{y", true),
            ("._*", "a/._z", true),
            ("[ab]?", "q/bz", true),
        ] {
            assert_eq!(rule(pattern).unwrap().matches(path, false), expected, "{pattern} {path}");
        }
        assert!(rule("!!a").unwrap().matches("a", false) && !rule("!!a").unwrap().negate);
        assert!(rule("a/b/c").unwrap().matches("a/b", true));
        assert!(rule("src/@(a|b)/**").unwrap().matches("src/b/c", false));
        assert!(rule("@(a").is_err());
        assert!(rule(&"{a,b}".repeat(30)).is_err());
    }
}
