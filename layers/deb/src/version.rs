//! The order of Debian's versions. In: two texts. Out: which one is later. Source: Debian policy, 5.6.12
//! (<https://www.debian.org/doc/debian-policy/ch-controlfields.html#version>). Epochs are compared as numbers, then the
//! upstream parts, then the revisions. Each part is compared in alternating runs of non-digits (`~` before the end, the
//! end before letters, letters before all else) and digits.

use std::cmp::Ordering;

/// A version in three parts. Every text is valid: an epoch that is not a number counts as 0.
struct VersionParts<'v> {
    epoch: u64,
    upstream: &'v [u8],
    revision: &'v [u8],
}

fn parts(version: &str) -> VersionParts<'_> {
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    VersionParts {
        epoch: epoch.parse().unwrap_or(0),
        upstream: upstream.as_bytes(),
        revision: revision.as_bytes(),
    }
}

/// Compares two versions as `dpkg --compare-versions` does.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (parts(left), parts(right));
    (left.epoch.cmp(&right.epoch))
        .then_with(|| compare_part(left.upstream, right.upstream))
        .then_with(|| compare_part(left.revision, right.revision))
}

/// The result of `dpkg --compare-versions`; `None` for an unknown operator. An empty version is earlier than any other,
/// or later with `-nl`.
pub(crate) fn compares(left: &str, operator: &str, right: &str) -> Option<bool> {
    let (operator, later) =
        operator.strip_suffix("-nl").map_or((operator, false), |operator| (operator, true));
    let order = match (left.is_empty(), right.is_empty()) {
        (false, false) => compare(left, right),
        (true, true) => Ordering::Equal,
        (empty, _) => {
            if empty == later {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
    };
    match operator {
        "lt" | "<<" => Some(order.is_lt()),
        "le" | "<=" => Some(order.is_le()),
        "eq" | "=" => Some(order.is_eq()),
        "ne" => Some(order.is_ne()),
        "ge" | ">=" => Some(order.is_ge()),
        "gt" | ">>" => Some(order.is_gt()),
        _ => None,
    }
}

fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (words, rest) =
            (split(left, |byte| !byte.is_ascii_digit()), split(right, |byte| !byte.is_ascii_digit()));
        let (numbers, after) = (split(words.1, u8::is_ascii_digit), split(rest.1, u8::is_ascii_digit));
        match compare_words(words.0, rest.0).then_with(|| compare_numbers(numbers.0, after.0)) {
            Ordering::Equal => (left, right) = (numbers.1, after.1),
            decided => return decided,
        }
    }
    Ordering::Equal
}

/// The longest prefix of such bytes, and the rest.
fn split(text: &[u8], belongs: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !belongs(byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn compare_words(left: &[u8], right: &[u8]) -> Ordering {
    let rank = |word: &[u8], at: usize| match word.get(at) {
        Some(b'~') => 0,
        None => 1,
        Some(letter) if letter.is_ascii_alphabetic() => 2 + u16::from(*letter),
        Some(other) => 300 + u16::from(*other),
    };
    let mut places = 0..left.len().max(right.len());
    places
        .find_map(|at| Some(rank(left, at).cmp(&rank(right, at))).filter(|order| order.is_ne()))
        .unwrap_or(Ordering::Equal)
}

/// Digits of any length: without leading zeros, the longer number is larger.
fn compare_numbers(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (split(left, |digit| *digit == b'0').1, split(right, |digit| *digit == b'0').1);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests;
