//! Selectors of overrides and package extensions: `a`, `a@^1`, `a@1>b@2`.

/// The packages that an override applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Selector<'a> {
    /// Only in packages that match this.
    pub(crate) parent: Option<Name<'a>>,
    /// The dependency that is overridden.
    pub(crate) target: Name<'a>,
}

/// A package name, optionally with a version range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub(crate) name: &'a str,
    pub(crate) range: Option<&'a str>,
}

impl<'a> Selector<'a> {
    /// A `>` separates parent and target, unless a space, `|` or `@` precedes it: then it belongs to a range.
    pub(crate) fn parse(text: &'a str) -> Selector<'a> {
        let bytes = text.as_bytes();
        let between = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            bytes.get(*at) == Some(&b'>') && before.is_some_and(|byte| !b" |@".contains(byte))
        };
        let parts =
            (0..bytes.len()).find(between).and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)));
        match parts {
            Some((parent, target)) => {
                Selector { parent: Some(Name::parse(parent)), target: Name::parse(target) }
            }
            None => Selector { parent: None, target: Name::parse(text) },
        }
    }
}

impl<'a> Name<'a> {
    /// The `@` of a scope does not start a range.
    pub(crate) fn parse(text: &'a str) -> Name<'a> {
        let at = text.char_indices().skip(1).find(|(_, letter)| *letter == '@').map(|(at, _)| at);
        match at.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) {
            Some((name, range)) => Name { name, range: Some(range).filter(|range| !range.is_empty()) },
            None => Name { name: text, range: None },
        }
    }

    /// Whether it matches a dependency with this specifier: the ranges have a version in common, or their texts are
    /// equal.
    pub(crate) fn meets(&self, name: &str, specifier: &str) -> bool {
        self.name == name && intersects(self.range, specifier)
    }

    /// Whether it matches a package of this version.
    pub(crate) fn holds(&self, name: Option<&str>, version: Option<&str>) -> bool {
        let in_range = |range: &str| {
            let version = version.and_then(|version| node_semver::Version::parse(version).ok());
            version.is_some_and(|version| {
                node_semver::Range::parse(range).is_ok_and(|range| range.satisfies(&version))
            })
        };
        Some(self.name) == name && self.range.is_none_or(in_range)
    }
}

/// Source: pnpm's `isIntersectingRange`. A missing range intersects with everything.
pub(super) fn intersects(range: Option<&str>, specifier: &str) -> bool {
    let Some(range) = range else { return true };
    let parse = |text: &str| node_semver::Range::parse(if text.is_empty() { "*" } else { text }).ok();
    range == specifier
        || parse(range).zip(parse(specifier)).is_some_and(|(range, other)| range.allows_any(&other))
}
