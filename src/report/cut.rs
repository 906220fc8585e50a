//! Messages of bounded length: what they quote may be of any. In: a text. Out: its beginning and its end, if it is longer than a message may be.

use std::borrow::Cow;

/// The most bytes of a message, and of the whole report of an error.
pub(super) const MOST: usize = 4000;

/// How many bytes stand in the place of the middle, at most.
const MIDDLE: usize = 100;

/// A text of no more than 4 kB.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    cut_to(text, MOST)
}

/// A text of no more than so many bytes.
pub(super) fn cut_to(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let half = most.saturating_sub(MIDDLE) / 2;
    let (begin, end) = (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
    let (start, rest) = (text.get(..begin).unwrap_or_default(), text.get(end..).unwrap_or_default());
    Cow::Owned(format!("{start} … {} bytes are left out … {rest}", end - begin))
}

#[cfg(test)]
mod tests {
    use super::{MOST, cut};

    #[test]
    fn a_long_text_keeps_its_ends() {
        let long = format!("begin {} end", "ä".repeat(100_000));
        let short = cut(&long);
        assert!(short.len() <= MOST && short.starts_with("begin ä") && short.ends_with("ä end"), "{short}");
        assert!(short.contains("bytes are left out"));
        assert_eq!(cut("short"), "short");
    }
}
