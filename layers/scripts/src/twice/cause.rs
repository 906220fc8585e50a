//! Why two files that should be equal differ, judged by their bytes. In: both contents. Out: the common causes that
//! explain the difference.
//!
//! Values that often differ are removed from both, one kind after the other. If the rest is equal, these kinds are the
//! causes.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use crate::written::replace;

/// Larger files are not analysed.
const LARGEST: usize = 32 << 20;
/// The replacement for removed values.
const TAKEN: &[u8] = b"\0taken\0";

/// A common cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Only one of the runs produced the file.
    OnlyOnce,
    /// Only one of the runs made it executable.
    Mode,
    /// The folder in which the scripts ran.
    Folder,
    /// The build id of Next.js.
    BuildId,
    /// The keys that Next.js generates for its preview mode and for server actions.
    NextKeys,
    /// The file's own name: a random one, or a hash of its content.
    Renamed,
    /// Names of such files.
    Name,
    /// The same parts in another order.
    Order,
    /// The time in the header of a gzip stream.
    GzipTime,
    /// The times of files in a zip or tar archive.
    ArchiveTime,
    /// A date or a time of day.
    Date,
    /// The time of the run as a number.
    Epoch,
    /// A random name or key.
    Id,
    /// A number: a duration, a counter, a process id.
    Number,
    /// None of these, or not only these.
    Unknown,
}

/// Two texts with the same role, one from each run.
#[derive(Debug, Clone)]
pub(super) struct Swap {
    pub texts: [Vec<u8>; 2],
    pub cause: Cause,
}

/// Facts about both runs.
#[derive(Debug)]
pub(super) struct Known {
    pub swaps: Vec<Swap>,
    /// The time of the runs, in seconds since 1970.
    pub window: RangeInclusive<i64>,
}

impl Known {
    /// A text of run 0 or 1 without the values known to differ, and the removed kinds.
    fn swapped(&self, run: usize, text: &[u8]) -> (Vec<u8>, Vec<Cause>) {
        let (mut text, mut causes) = (text.to_vec(), Vec::new());
        for swap in &self.swaps {
            let Some(from) = swap.texts.get(run) else { continue };
            if let Some(changed) = replace(&text, from, TAKEN) {
                text = changed;
                causes.push(swap.cause);
            }
        }
        (text, causes)
    }

    /// A file's path without values that are known to differ or look random.
    pub(super) fn name(&self, run: usize, path: &str) -> Vec<u8> {
        let (text, _) = self.swapped(run, path.as_bytes());
        let (text, _) = take(&IDS, &text, &|found| is_random(found, 2));
        take(&EPOCHS, &text, &|found| self.is_now(found)).0
    }

    /// The causes of two different contents.
    pub(super) fn causes(&self, one: &[u8], other: &[u8]) -> Vec<Cause> {
        if one.len().max(other.len()) > LARGEST {
            return vec![Cause::Unknown];
        }
        let ((one, mine), (other, theirs)) = (self.swapped(0, one), self.swapped(1, other));
        let mut causes: Vec<Cause> = mine.into_iter().filter(|cause| theirs.contains(cause)).collect();
        causes.sort_unstable();
        causes.dedup();
        if one == other {
            return causes;
        }
        causes.extend(self.rest(one, other));
        causes
    }

    /// The causes in contents without the values known to differ.
    fn rest(&self, one: Vec<u8>, other: Vec<u8>) -> Vec<Cause> {
        if let Some(cause) = of_archive(&one, &other) {
            return vec![cause];
        }
        if is_reordered(&one, &other) {
            return vec![Cause::Order];
        }
        let tried = [(&*IDS, 2), (&*KEYS, 3)].map(|ids| self.taken(&one, &other, ids));
        let explained = tried.iter().find(|causes| !causes.contains(&Cause::Unknown));
        explained.or(tried.first()).cloned().unwrap_or_default()
    }

    /// The causes, if `ids` describes random names: their words, and how many kinds of characters they have.
    fn taken(&self, one: &[u8], other: &[u8], (ids, kinds): (&Regex, usize)) -> Vec<Cause> {
        let (mut one, mut other, mut causes) = (one.to_vec(), other.to_vec(), Vec::new());
        // The most certain first.
        let all: [Kind<'_>; 4] = [
            (Cause::Date, &DATES, &|_| true),
            (Cause::Epoch, &EPOCHS, &|found| self.is_now(found)),
            (Cause::Id, ids, &|found| is_random(found, kinds)),
            (Cause::Number, &NUMBERS, &|_| true),
        ];
        for (cause, pattern, wanted) in all {
            let (left, taken) = take(pattern, &one, wanted);
            let (right, there) = take(pattern, &other, wanted);
            if taken != there {
                causes.push(cause);
            }
            (one, other) = (left, right);
            if one == other {
                return causes;
            }
        }
        causes.retain(|cause| *cause != Cause::Number);
        causes.push(if is_reordered(&one, &other) { Cause::Order } else { Cause::Unknown });
        causes
    }

    /// Whether a number is a time of the runs: in seconds, milliseconds, microseconds or nanoseconds.
    fn is_now(&self, digits: &[u8]) -> bool {
        let seconds = digits.get(..10).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        matches!(digits.len(), 10 | 13 | 16 | 19) && seconds.is_some_and(|at| self.window.contains(&at))
    }
}

/// What to remove: matches of a pattern that satisfy a condition.
type Kind<'a> = (Cause, &'a Regex, &'a dyn Fn(&[u8]) -> bool);

/// A constant pattern.
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

static DATES: LazyLock<Regex> = LazyLock::new(|| {
    let month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}";
    let clock = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?";
    let zone = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))*";
    pattern(&format!(
        r"(?-u)\d{{4}}[-/]\d\d[-/]\d\d(?:[T ]{clock})?{zone}|\d{{8}}T\d{{6}}Z?|\b20\d{{12}}\b|{clock}{zone}|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:{month} \d{{1,2}}|\d{{1,2}} {month}),? \d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}"
    ))
});
static EPOCHS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u)\d{10,19}"));
static IDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9_]{8,}"));
static KEYS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u)[A-Za-z0-9+/_-]{8,}={0,2}"));
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u)\d+(?:\.\d+)?"));

/// Removes the matches that satisfy the condition. Returns the rest, and the removed values.
fn take(pattern: &Regex, text: &[u8], wanted: &dyn Fn(&[u8]) -> bool) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut taken = Vec::new();
    let rest = pattern.replace_all(text, |found: &Captures<'_>| {
        let found = found.get(0).map(|found| found.as_bytes()).unwrap_or_default();
        if !wanted(found) {
            return found.to_vec();
        }
        taken.push(found.to_vec());
        TAKEN.to_vec()
    });
    (rest.into_owned(), taken)
}

/// Whether a word looks random: it has at least this many kinds of characters among digits, small and capital letters.
/// A long one of hexadecimal digits always does.
fn is_random(word: &[u8], kinds: usize) -> bool {
    let has = |test: fn(&u8) -> bool| usize::from(word.iter().any(test));
    let mixed = has(u8::is_ascii_digit) + has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase);
    // A number with its unit.
    let unit = word.iter().skip_while(|byte| byte.is_ascii_digit()).count();
    if unit <= 2 && word.iter().rev().take(unit).all(u8::is_ascii_alphabetic) && word.len() < 16 {
        return false;
    }
    let hexadecimal = word.len() >= 16 && word.iter().all(u8::is_ascii_hexdigit);
    hexadecimal || (mixed >= kinds && has(u8::is_ascii_digit) == 1)
}

/// Whether both have the same lines, or the same parts of lines.
fn is_reordered(one: &[u8], other: &[u8]) -> bool {
    let parts = |text: &[u8], ends: &[u8]| {
        let mut parts: Vec<Vec<u8>> = text.split(|byte| ends.contains(byte)).map(<[u8]>::to_vec).collect();
        parts.sort_unstable();
        parts
    };
    one.len() == other.len()
        && [&b"\n"[..], b"\n,;{}[]() \t"].iter().any(|ends| parts(one, ends) == parts(other, ends))
}

/// The cause for archives that are equal except for times.
fn of_archive(one: &[u8], other: &[u8]) -> Option<Cause> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    if one.len() != other.len() {
        return None;
    }
    if one.starts_with(GZIP) && other.starts_with(GZIP) {
        return (one.get(8..) == other.get(8..)).then_some(Cause::GzipTime);
    }
    let (one, other) = (timeless(one)?, timeless(other)?);
    (one == other).then_some(Cause::ArchiveTime)
}

/// A zip or tar archive without the times of its files; `None` for other files.
fn timeless(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = archive.to_vec();
    if archive.starts_with(b"PK\x03\x04") {
        // The signature, the offset of the times after it, and their length: PKWARE's APPNOTE, 4.3.7 and 4.3.12; 4.5
        // for "UT".
        for (signature, at, length) in [(&b"PK\x03\x04"[..], 10, 4), (b"PK\x01\x02", 12, 4), (b"UT", 5, 8)] {
            blank(&mut archive, signature, at, length);
        }
        return Some(archive);
    }
    if archive.get(257..262) != Some(b"ustar") {
        return None;
    }
    for header in archive.chunks_mut(512).filter(|block| block.get(257..262) == Some(b"ustar")) {
        // mtime and the header's checksum.
        header.get_mut(136..156)?.fill(0);
    }
    Some(archive)
}

fn blank(bytes: &mut [u8], signature: &[u8], at: usize, length: usize) {
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| crate::written::find(rest, signature)) {
        let begin = from + found + at;
        bytes.get_mut(begin..begin + length).into_iter().for_each(|times| times.fill(0));
        from += found + signature.len();
    }
}

#[cfg(test)]
mod tests;
