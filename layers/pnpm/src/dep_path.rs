//! The key of a snapshot: `name@version`, then patch hash and peers in parentheses. Text in, parts out; no lockfile needed.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use fourply_blob::{Feed, KeyValue};

/// The key of a snapshot in a lockfile of version 9.0, e.g. `@scope/x@1.0.0(patch_hash=…)(react@18.0.0)`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DepPath(Arc<str>);

impl KeyValue for DepPath {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.as_str().feed(feed);
    }
}

impl DepPath {
    /// Takes the text as is. Whether it names a package is for the lockfile to decide.
    pub fn new(text: impl Into<Arc<str>>) -> DepPath {
        DepPath(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key in `packages`: without patch hash and peers.
    pub fn package_key(&self) -> &str {
        let end = suffix_start(&self.0).unwrap_or(self.0.len());
        self.0.get(..end).unwrap_or(&self.0)
    }

    /// The patch hash and peers, `(…)(…)`, or nothing.
    pub fn suffix(&self) -> &str {
        suffix_start(&self.0).and_then(|at| self.0.get(at..)).unwrap_or("")
    }

    /// The package's real name: up to the first `@` that does not start a scope. The whole key if there is none.
    pub fn name(&self) -> &str {
        split_name(&self.0).map_or(&*self.0, |(name, _)| name)
    }

    /// The part after the name, without suffix: a version, `file:…` or a URL.
    pub fn version(&self) -> &str {
        split_name(self.package_key()).map_or("", |(_, version)| version)
    }

    /// The hash of the patch that made this variant of the package.
    pub fn patch_hash(&self) -> Option<&str> {
        let rest = self.suffix().strip_prefix("(patch_hash=")?;
        rest.split(')').next()
    }

    /// The target of the lockfile's dependency `alias: reference`; `None` for a `link:`. The rule is pnpm's
    /// `refToRelative`.
    pub(crate) fn from_reference(alias: &str, reference: &str) -> Option<DepPath> {
        if reference.starts_with("link:") {
            return None;
        }
        let before = |at: usize, other: Option<usize>| other.is_none_or(|other| at < other);
        let whole = match reference.find('@') {
            Some(0) => true,
            Some(at) => before(at, reference.find(':')) && before(at, reference.find('(')),
            None => false,
        };
        Some(if whole { DepPath::new(reference) } else { DepPath::new(format!("{alias}@{reference}")) })
    }
}

fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@')?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Where the trailing parentheses begin. They are matched from the end, because a version or a path may contain
/// parentheses.
fn suffix_start(text: &str) -> Option<usize> {
    if !text.ends_with(')') {
        return None;
    }
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

impl Borrow<str> for DepPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for DepPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for DepPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<DepPath, D::Error> {
        Ok(DepPath::new(String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests;
