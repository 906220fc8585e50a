//! What one package says of another: `busybox>=1.36`, `!c-ares`, `so:libc.musl-x86_64.so.1`, `foo@edge`. Comes in: words of
//! an index, a `.PKGINFO` or of the settings. Goes out: what they ask for. Source of the form: apk-world(5), apk-package(5).

use std::fmt;

use crate::version;

/// `<`, `=`, `>` and `~`, in any sensible union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Operator {
    less: bool,
    equal: bool,
    greater: bool,
    fuzzy: bool,
}

impl Operator {
    /// Plain `=`, as in what a package provides.
    #[cfg(test)]
    pub const EQUAL: Self = Self { less: false, equal: true, greater: false, fuzzy: false };

    /// Reads the signs; `None` where they are none, or `><`, which asks for a checksum and stands in no index.
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

    /// Whether a version is as the operator wants it to be to another.
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
    /// `!`: the package must not be there.
    pub conflict: bool,
    /// Of `foo@edge`, the repositories that may be used beside those without a tag; only in the world.
    pub tag: Option<String>,
    /// The version that is asked for; of what a package provides, the version that it provides.
    pub version: Option<(Operator, String)>,
}

impl ApkDependency {
    /// Reads one word of a world, where a version has to be one; `None` where it is none.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let valid = |dependency: &Self| dependency.provided().is_none_or(version::is_valid);
        Self::parse_any(word).filter(valid)
    }

    /// The name in a word, whatever else is in it.
    pub(crate) fn name_of(word: &str) -> &str {
        let word = word.strip_prefix('!').unwrap_or(word);
        word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word)
    }

    /// Reads one word of an index: real ones have versions against the rules.
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

    /// Reads words of an index; an error names the one that is none.
    pub(crate) fn parse_all(words: &str) -> Result<Vec<Self>, String> {
        let parse = |word: &str| Self::parse_any(word).ok_or_else(|| format!("{word:?} is no dependency"));
        words.split_ascii_whitespace().map(parse).collect()
    }

    /// The version that a package provides under this name, without the operator.
    pub(crate) fn provided(&self) -> Option<&str> {
        self.version.as_ref().map(|(_, version)| version.as_str())
    }

    /// Whether something of this name satisfies it: `None` is nothing, `Some(None)` something without a version, which
    /// satisfies no dependency that asks for one.
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
