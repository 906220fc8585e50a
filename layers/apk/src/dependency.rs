//! Dependencies: `busybox>=1.36`, `!c-ares`, `so:libc.musl-x86_64.so.1`, `foo@edge`. In: words of an index, a
//! `.PKGINFO` or of the settings. Out: parsed dependencies. Source of the form: apk-world(5), apk-package(5).

use std::fmt;

use crate::version;

/// `<`, `=`, `>` and `~`, in any useful combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Operator {
    less: bool,
    equal: bool,
    greater: bool,
    fuzzy: bool,
}

impl Operator {
    /// Plain `=`, as in provided names.
    #[cfg(test)]
    pub const EQUAL: Self = Self { less: false, equal: true, greater: false, fuzzy: false };

    /// Parses the characters; `None` if they are not an operator, or are `><`, which requests a checksum and occurs in
    /// no index.
    pub(crate) fn parse(signs: &str) -> Option<Self> {
        let mut operator = Self::default();
        for sign in signs.chars() {
            let known = match sign {
                '<' => &mut operator.less,
                '=' => &mut operator.equal,
                '>' => &mut operator.greater,
                '~' => &mut operator.fuzzy,
                _ => return None,
            };
            if std::mem::replace(known, true) {
                return None;
            }
        }
        operator.equal |= operator.fuzzy;
        let sensible =
            (operator.less || operator.equal || operator.greater) && !(operator.less && operator.greater);
        sensible.then_some(operator)
    }

    /// Whether a version satisfies the operator with the wanted version.
    pub(crate) fn admits(self, version: &str, wanted: &str) -> bool {
        if self.fuzzy && version::begins_with(version, wanted) {
            return true;
        }
        match version::compare(version, wanted) {
            std::cmp::Ordering::Less => self.less,
            std::cmp::Ordering::Equal => self.equal,
            std::cmp::Ordering::Greater => self.greater,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs =
            [(self.less, "<"), (self.greater, ">"), (self.equal && !self.fuzzy, "="), (self.fuzzy, "~")];
        signs.iter().filter(|(there, _)| *there).try_for_each(|(_, sign)| out.write_str(sign))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApkDependency {
    pub name: String,
    /// `!`: the package must not be installed.
    pub conflict: bool,
    /// The tag in `foo@edge`: repositories with this tag may be used in addition to those without a tag. Only in the
    /// world.
    pub tag: Option<String>,
    /// The requested version; for a provided name, its version.
    pub version: Option<(Operator, String)>,
}

impl ApkDependency {
    /// Parses one word of a world, in which a version must be valid; `None` if it is invalid.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let valid = |dependency: &Self| dependency.provided().is_none_or(version::is_valid);
        Self::parse_any(word).filter(valid)
    }

    /// The name in a word, without the other parts.
    pub(crate) fn name_of(word: &str) -> &str {
        let word = word.strip_prefix('!').unwrap_or(word);
        word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word)
    }

    /// Parses one word of an index: real ones contain versions that violate the rules.
    fn parse_any(word: &str) -> Option<Self> {
        let (conflict, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
        let end = word.find(['<', '=', '>', '~']).unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        let (name, tag) = name.split_once('@').map_or((name, None), |(name, tag)| (name, Some(tag)));
        let signs = rest.find(|c| !matches!(c, '<' | '=' | '>' | '~')).unwrap_or(rest.len());
        let (signs, version) = rest.split_at(signs);
        let version = match (signs, version) {
            ("", "") => None,
            (_, "") => return None,
            (signs, version) => Some((Operator::parse(signs)?, version.to_owned())),
        };
        let whole = !name.is_empty() && tag != Some("") && !word.contains(char::is_whitespace);
        let parsed = Self { name: name.to_owned(), conflict, tag: tag.map(str::to_owned), version };
        whole.then_some(parsed)
    }

    /// Parses words of an index; an error names the invalid one.
    pub(crate) fn parse_all(words: &str) -> Result<Vec<Self>, String> {
        let parse = |word: &str| Self::parse_any(word).ok_or_else(|| format!("{word:?} is no dependency"));
        words.split_ascii_whitespace().map(parse).collect()
    }

    /// The version that a package provides under this name, without the operator.
    pub(crate) fn provided(&self) -> Option<&str> {
        self.version.as_ref().map(|(_, version)| version.as_str())
    }

    /// Whether a package of this name satisfies it. `None` is no package; `Some(None)` is one without a version, which
    /// satisfies no dependency on a version.
    pub(crate) fn admits(&self, provided: Option<Option<&str>>) -> bool {
        let found = match (provided, &self.version) {
            (None, _) | (Some(None), Some(_)) => false,
            (Some(_), None) => true,
            (Some(Some(version)), Some((operator, wanted))) => operator.admits(version, wanted),
        };
        found != self.conflict
    }
}

impl fmt::Display for ApkDependency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", if self.conflict { "!" } else { "" }, self.name)?;
        if let Some(tag) = &self.tag {
            write!(out, "@{tag}")?;
        }
        self.version.as_ref().map_or(Ok(()), |(operator, version)| write!(out, "{operator}{version}"))
    }
}

#[cfg(test)]
mod tests;
