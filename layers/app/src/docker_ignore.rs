//! `.dockerignore` by Docker's rules, which differ from git's. In: the text of the file at the workspace's root. Out:
//! whether a path is excluded.
//!
//! Patterns start at the root. `*` and `?` stay in one folder, `**` stands for any number of folders. A pattern that
//! begins with `!` includes again what an earlier one excluded, also inside an excluded folder. The last pattern that
//! matches a path or one of its parents decides. The rules: moby/patternmatcher at
//! 1d6a3f429bf0541b7f69372adecc787fabc0c701, patternmatcher.go (`MatchesOrParentMatches`) and ignorefile.

use fancy_regex::Regex;

/// The file's name.
pub(crate) const DOCKER_IGNORE: &str = ".dockerignore";

/// The patterns, in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct DockerIgnore {
    patterns: Vec<IgnorePattern>,
}

#[derive(Debug, Clone)]
struct IgnorePattern {
    /// Starts at 1.
    line: usize,
    /// `!`: matching paths are included again.
    exception: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Exact(String),
    Regex(Regex),
}

/// A line with an invalid pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Starts at 1.
    pub line: usize,
    pub pattern: String,
}

impl DockerIgnore {
    /// Parses the text of the file.
    ///
    /// # Errors
    /// The first line that Docker rejects: a lone `!`, or an unfinished `[` or `\`.
    pub(crate) fn parse(text: &str) -> Result<DockerIgnore, BadLine> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if line.starts_with('#') || trimmed.is_empty() {
                continue;
            }
            let bad = || BadLine { line: index + 1, pattern: trimmed.to_owned() };
            let (exception, body) = match trimmed.strip_prefix('!') {
                Some(body) if body.trim().is_empty() => return Err(bad()),
                Some(body) => (true, body.trim()),
                None => (false, trimmed),
            };
            let matcher = matcher(&clean(body)).ok_or_else(bad)?;
            patterns.push(IgnorePattern { line: index + 1, exception, matcher });
        }
        Ok(DockerIgnore { patterns })
    }

    /// Whether the path, relative to the root, is excluded.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        self.excluding(path).is_some()
    }

    /// The line, starting at 1, that excludes the path.
    pub(crate) fn excluding(&self, path: &str) -> Option<usize> {
        let mut excluding = None;
        for pattern in self.patterns.iter().filter(|_| !path.is_empty()) {
            // A pattern that cannot change the result is skipped.
            if pattern.exception == excluding.is_some() && pattern.matches(path) {
                excluding = (!pattern.exception).then_some(pattern.line);
            }
        }
        excluding
    }

    /// Whether something below an excluded folder may be included again.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }
}

impl IgnorePattern {
    /// Whether the pattern matches the path or one of its parents.
    fn matches(&self, path: &str) -> bool {
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        above.chain([path]).any(|path| match &self.matcher {
            Matcher::Exact(text) => text == path,
            Matcher::Regex(regex) => regex.is_match(path).unwrap_or(false),
        })
    }
}

/// Without `.`, empty parts and inner `..`, as in Go's `filepath.Clean`; without the leading slash.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if pattern.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Compiles a cleaned pattern; `None` if Docker rejects it.
fn matcher(pattern: &str) -> Option<Matcher> {
    if !pattern.contains(['*', '?', '[', ']', '\\']) {
        return Some(Matcher::Exact(pattern.to_owned()));
    }
    let regex = match pattern.strip_prefix("**").filter(|rest| !rest.contains(['*', '?', '[', ']', '\\'])) {
        // `**x` matches any path that ends in x; `**/x` a complete name.
        Some(rest) if !rest.starts_with('/') => format!(".*{}", fancy_regex::escape(rest)),
        _ => translate(pattern)?,
    };
    // A class that Go accepts may be invalid here, never the reverse: such a pattern is rejected, not misread.
    Regex::new(&format!("(?s)^{regex}$")).ok().map(Matcher::Regex)
}

fn translate(pattern: &str) -> Option<String> {
    let mut regex = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                regex.push_str(if rest.peek().is_none() { ".*" } else { "(?:.*/)?" });
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => class(&mut rest, &mut regex)?,
            '\\' => regex.push_str(&escaped(rest.next()?)),
            other => regex.push_str(&escaped(other)),
        }
    }
    Some(regex)
}

/// A class such as `[a-z]` or `[^/]`, in the syntax of Go's `filepath.Match`.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, regex: &mut String) -> Option<()> {
    regex.push('[');
    if rest.next_if_eq(&'^').is_some() {
        regex.push('^');
    }
    let mut empty = true;
    loop {
        if !empty && rest.next_if_eq(&']').is_some() {
            regex.push(']');
            return Some(());
        }
        let from = class_letter(rest)?;
        let to = if rest.next_if_eq(&'-').is_some() { class_letter(rest)? } else { from };
        regex.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(from), u32::from(to)));
        empty = false;
    }
}

fn class_letter(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        letter => Some(letter),
    }
}

fn escaped(letter: char) -> String {
    fancy_regex::escape(letter.encode_utf8(&mut [0; 4])).into_owned()
}

#[cfg(test)]
mod tests;
