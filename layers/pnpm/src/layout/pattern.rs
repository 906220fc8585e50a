//! pnpm's name patterns: `*` matches any text, a leading `!` excludes names. Pure.
//!
//! The rules are those of pnpm's `createMatcher`: the last matching pattern decides. With only negations, all other
//! names match.

/// Patterns like `["*eslint*", "!eslint-plugin-x"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HoistPatterns {
    patterns: Vec<(bool, String)>,
    unmatched: bool,
}

impl HoistPatterns {
    /// Reads patterns. An empty list matches nothing.
    pub(crate) fn new(patterns: &[String]) -> HoistPatterns {
        let split = |text: &String| match text.strip_prefix('!') {
            Some(rest) => (false, rest.to_owned()),
            None => (true, text.clone()),
        };
        let patterns: Vec<(bool, String)> = patterns.iter().map(split).collect();
        let unmatched = !patterns.is_empty() && patterns.iter().all(|(positive, _)| !positive);
        HoistPatterns { patterns, unmatched }
    }

    /// Whether `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let decides = self.patterns.iter().rev().find(|(_, pattern)| fits(pattern, name));
        decides.map_or(self.unmatched, |(positive, _)| *positive)
    }
}

/// Whether the whole of `name` matches a pattern in which `*` is any text. Time: at most the product of the lengths.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(patterns: &[&str], name: &str) -> bool {
        HoistPatterns::new(&patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>())
            .matches(name)
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches(&["*"], "x") && matches(&["*eslint*"], "@x/eslint-y") && matches(&["@a/*"], "@a/b"));
        assert!(!matches(&["@a/*"], "@ab/c") && !matches(&["a"], "ab") && !matches(&["a*a"], "a"));
        assert!(matches(&["a*b*c"], "abbc") && !matches(&["a*b*c"], "acb"));
    }

    #[test]
    fn the_last_pattern_decides() {
        assert!(!matches(&["*", "!b"], "b") && matches(&["*", "!b"], "a") && matches(&["!b", "*"], "b"));
        assert!(matches(&["!b"], "a") && !matches(&["!b"], "b") && !matches(&[], "a"));
    }
}
