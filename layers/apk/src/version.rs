//! Alpine's versions: `1.2.3b_rc1_p2~abcdef-r4`. In: text. Out: the order of two versions. Source of the rules:
//! apk-package(5) and apk-tools' own cases in `test/unit/version.data`, all of which this crate's tests run.

use std::cmp::Ordering;

/// Suffixes in order. Those before the empty suffix precede the version without a suffix.
const BEFORE: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const AFTER: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// One part of a version. The order of the variants is that of the parts that may follow: of two versions that are
/// equal up to here, the one that ends with the later kind is lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'v> {
    First(&'v str),
    Number(&'v str),
    Letter(u8),
    /// Negative for suffixes that precede the version without a suffix.
    Suffix(i8),
    SuffixNumber(&'v str),
    Hash(&'v str),
    Revision(&'v str),
    End,
    Invalid,
}

impl Part<'_> {
    fn rank(&self) -> u8 {
        match self {
            Part::First(_) => 0,
            Part::Number(_) => 1,
            Part::Letter(_) => 2,
            Part::Suffix(_) => 3,
            Part::SuffixNumber(_) => 4,
            Part::Hash(_) => 5,
            Part::Revision(_) => 6,
            Part::End => 7,
            Part::Invalid => 8,
        }
    }
}

/// The parts of a version in sequence; the last one, `End` or `Invalid`, repeats.
struct VersionParts<'v> {
    rest: &'v str,
    last: Option<Part<'v>>,
}

impl<'v> VersionParts<'v> {
    fn new(text: &'v str) -> Self {
        Self { rest: text, last: None }
    }

    fn next(&mut self) -> Part<'v> {
        let part = match self.last {
            Some(end @ (Part::End | Part::Invalid)) => end,
            None => self.digits().map_or(Part::Invalid, Part::First),
            Some(_) if self.rest.is_empty() => Part::End,
            Some(last) => self.following(last.rank()).unwrap_or(Part::Invalid),
        };
        self.last = Some(part);
        part
    }

    /// The part after a part of this rank, if it is allowed.
    fn following(&mut self, rank: u8) -> Option<Part<'v>> {
        let first = *self.rest.as_bytes().first()?;
        match first {
            b'.' if rank <= 1 => {
                self.advance(1);
                self.digits().map(Part::Number)
            }
            b'a'..=b'z' if rank <= 1 => {
                self.advance(1);
                Some(Part::Letter(first))
            }
            b'_' if rank <= 4 => self.suffix(),
            b'0'..=b'9' if rank == 3 => self.digits().map(Part::SuffixNumber),
            b'~' if rank <= 4 => {
                self.advance(1);
                let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
                self.take(hex).map(Part::Hash)
            }
            b'-' if rank <= 5 => {
                self.rest = self.rest.strip_prefix("-r")?;
                self.digits().map(Part::Revision)
            }
            _ => None,
        }
    }

    fn suffix(&mut self) -> Option<Part<'v>> {
        self.advance(1);
        let name = self.take(|c| c.is_ascii_lowercase())?;
        let position = |names: &[&str]| names.iter().position(|known| *known == name);
        let place = |at: usize| i8::try_from(at).ok();
        let number = match (position(&BEFORE), position(&AFTER)) {
            (Some(at), _) => place(at)?.checked_sub(4)?,
            (None, Some(at)) => place(at)?.checked_add(1)?,
            (None, None) => return None,
        };
        Some(Part::Suffix(number))
    }

    fn digits(&mut self) -> Option<&'v str> {
        self.take(|c| c.is_ascii_digit())
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> Option<&'v str> {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

/// Whether the text is a version.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut parts = VersionParts::new(text);
    loop {
        match parts.next() {
            Part::End => return true,
            Part::Invalid => return false,
            _ => {}
        }
    }
}

/// The order of two versions. An invalid version is compared up to its invalid part.
pub(crate) fn compare(one: &str, other: &str) -> Ordering {
    compare_parts(one, other, false)
}

/// Whether `version` is `wanted`, or begins with all of its parts: `~`.
pub(crate) fn begins_with(version: &str, wanted: &str) -> bool {
    compare_parts(version, wanted, true).is_eq()
}

/// With `fuzzy`, `other` may end first.
fn compare_parts(one: &str, other: &str, fuzzy: bool) -> Ordering {
    let (mut ones, mut others) = (VersionParts::new(one), VersionParts::new(other));
    loop {
        let (a, b) = (ones.next(), others.next());
        if a.rank() != b.rank() {
            return match (a, b) {
                (_, Part::End) if fuzzy => Ordering::Equal,
                (Part::Suffix(suffix), _) if suffix < 0 => Ordering::Less,
                (_, Part::Suffix(suffix)) if suffix < 0 => Ordering::Greater,
                _ => b.rank().cmp(&a.rank()),
            };
        }
        if matches!(a, Part::End | Part::Invalid) {
            return Ordering::Equal;
        }
        let order = compare_part(a, b);
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_part(one: Part<'_>, other: Part<'_>) -> Ordering {
    match (one, other) {
        // A part after the first point that begins with 0 is a fraction: 1.05 is below 1.1.
        (Part::Number(a), Part::Number(b)) if a.starts_with('0') || b.starts_with('0') => a.cmp(b),
        (Part::First(a), Part::First(b))
        | (Part::Number(a), Part::Number(b))
        | (Part::SuffixNumber(a), Part::SuffixNumber(b))
        | (Part::Revision(a), Part::Revision(b)) => numeric(a, b),
        (Part::Letter(a), Part::Letter(b)) => a.cmp(&b),
        (Part::Suffix(a), Part::Suffix(b)) => a.cmp(&b),
        (Part::Hash(a), Part::Hash(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// Numbers of any length.
fn numeric(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests;
