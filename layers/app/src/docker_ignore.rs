//! `.dockerignore` by Docker's rules, which are not git's. In: the text of the file at the workspace's root. Out: a yes or no for paths.
//!
//! Patterns start at the root. `*` and `?` stay in one folder, `**` stands for any number of folders. A pattern that begins with `!` takes back
//! what an earlier one excluded, also inside an excluded folder; the last pattern that matches a path or a folder above it decides.
//! The rules: moby/patternmatcher at 1d6a3f429bf0541b7f69372adecc787fabc0c701, patternmatcher.go (`MatchesOrParentMatches`) and ignorefile.

use fancy_regex::Regex;

/// The name of the file.
pub(crate) const DOCKER_IGNORE: &str = ".dockerignore";

/// Patterns in the order in which they stand in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct DockerIgnore {
    patterns: Vec<IgnorePattern>,
}

#[derive(Debug, Clone)]
struct IgnorePattern {
    /// From 1.
    line: usize,
    /// `!`: what matches is in again.
    exception: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Exact(String),
    Regex(Regex),
}

/// A line that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// From 1.
    pub line: usize,
    pub pattern: String,
}

impl DockerIgnore {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// The first line that Docker would refuse: a lone `!`, or a `[` or `\` that does not end.
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

    /// The line, from 1 on, that excludes the path.
    pub(crate) fn excluding(&self, path: &str) -> Option<usize> {
        let mut excluding = None;
        for pattern in self.patterns.iter().filter(|_| !path.is_empty()) {
            // A pattern that could only say again what is known is not asked.
            if pattern.exception == excluding.is_some() && pattern.matches(path) {
                excluding = (!pattern.exception).then_some(pattern.line);
            }
        }
        excluding
    }

    /// Whether something below an excluded folder may be in again.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }
}

impl IgnorePattern {
    /// Whether the pattern names the path or a folder above it.
    fn matches(&self, path: &str) -> bool {
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        above.chain([path]).any(|path| match &self.matcher {
            Matcher::Exact(text) => text == path,
            Matcher::Regex(regex) => regex.is_match(path).unwrap_or(false),
        })
    }
}

/// Without `.`, empty parts and inner `..`, as Go's `filepath.Clean`; without the slash in front.
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

/// Compiles a clean pattern; nothing where Docker refuses it.
fn matcher(pattern: &str) -> Option<Matcher> {
    if !pattern.contains(['*', '?', '[', ']', '\\']) {
        return Some(Matcher::Exact(pattern.to_owned()));
    }
    let regex = match pattern.strip_prefix("**").filter(|rest| !rest.contains(['*', '?', '[', ']', '\\'])) {
        // `**x` is any path that ends in x; `**/x` a whole name.
        Some(rest) if !rest.starts_with('/') => format!(".*{}", fancy_regex::escape(rest)),
        _ => translate(pattern)?,
    };
    // A class may be one that Go accepts and this does not, never the other way round: such a pattern is refused, not misread.
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

/// A class such as `[a-z]` or `[^/]`, by the syntax of Go's `filepath.Match`.
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
