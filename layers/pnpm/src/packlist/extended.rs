//! Extended globs: one path component of a pattern with `@(a|b)`, `?(…)`, `+(…)`, `*(…)` or `!(…)`. Text in, a matcher
//! out.
//!
//! Source: minimatch 5 (`parse`) and 10 (`AST`). They differ in four ways. (1) The lookahead of a `!(…)`: 10 uses
//! everything that follows, to the end of the name; 5 uses the following text of the regular expression, with some
//! closing brackets removed. (2) `**(…)`: 5 drops the first star. (3) The empty name before a path's first slash: 5
//! never matches it. (4) A `!(…)` whose last choice ends with a group: 10 matches anything. Packages are built with
//! these programs, so their behaviour counts, faults included.

mod piece;
mod ten;

use fourply_blob::Cause;

use fancy_regex::Regex;

use piece::{END, Group, Piece, STAR, plain, repeat};

/// Deeper nesting of groups is rejected; minimatch 10 reads deeper ones as literal characters.
const DEEPEST: usize = 3;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Minimatch {
    /// The version in npm-packlist 5.
    Five,
    /// The version in npm-packlist 10.
    Ten,
}

/// Whether it contains a group.
pub(super) fn is_extended(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| matches!(pair, [b'@' | b'+' | b'!' | b'?' | b'*', b'(']))
}

/// The matcher of a name with groups; `None` if nothing can match it.
///
/// # Errors
/// An unsupported form: an unclosed or empty group, groups nested too deeply, named character classes.
pub(super) fn matcher(text: &str, minimatch: Minimatch) -> Result<Option<Regex>, Cause> {
    let letters: Vec<char> = text.chars().collect();
    let mut reader = Reader { letters: &letters, at: 0, minimatch };
    let pieces = reader.sequence(0)?;
    let source = match minimatch {
        Minimatch::Five => format!("(?=.){}", five(&pieces)),
        Minimatch::Ten => ten::source(pieces),
    };
    match Regex::new(&format!("(?i)^(?:{source})$")) {
        Ok(regex) => Ok(Some(regex)),
        // Removing brackets may leave an invalid expression: then minimatch 5 matches nothing.
        Err(_) if minimatch == Minimatch::Five => Ok(None),
        Err(error) => Err(error.into()),
    }
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
    minimatch: Minimatch,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    /// Reads to the end, or to the `|` or `)` that ends a choice.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Piece>, Cause> {
        let (mut pieces, mut text) = (Vec::new(), String::new());
        let mut stars = 0;
        while let Some(letter) = self.peek(0) {
            let before = stars;
            stars = if letter == '*' { before + 1 } else { 0 };
            match letter {
                '\\' => {
                    text.push(letter);
                    text.extend(self.peek(1));
                    self.at += 2;
                }
                '[' => text.push_str(&self.class()?),
                '@' | '+' | '!' | '?' | '*' if self.peek(1) == Some('(') => {
                    if self.minimatch == Minimatch::Five && letter == '*' {
                        text.truncate(text.len() - before);
                    }
                    stars = 0;
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    self.at += 2;
                    pieces.push(self.group(letter, depth)?);
                }
                '|' | ')' if depth > 0 => break,
                _ => {
                    text.push(letter);
                    self.at += 1;
                }
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(pieces)
    }

    /// Reads from after `@(` to after its `)`.
    fn group(&mut self, mark: char, depth: usize) -> Result<Piece, Cause> {
        if depth >= DEEPEST {
            return Err(format!("it nests more than {DEEPEST} groups").into());
        }
        let mut choices = Vec::new();
        loop {
            choices.push(self.sequence(depth + 1)?);
            match self.peek(0) {
                Some('|') => self.at += 1,
                Some(_) => break self.at += 1,
                None => return Err(format!("the group {mark}( is not closed").into()),
            }
        }
        if choices.iter().all(Vec::is_empty) {
            return Err(format!("the group {mark}() is empty").into());
        }
        let open = matches!(choices.last().map(|choice| choice.last()), Some(Some(Piece::Group(_)) | None));
        Ok(Piece::Group(Group { mark, choices, open }))
    }

    /// Reads `[…]` verbatim.
    fn class(&mut self) -> Result<String, Cause> {
        let rest = self.letters.get(self.at..).unwrap_or_default();
        // A leading `]` is a literal character.
        let begin = if matches!(rest.get(1), Some('!' | '^')) { 3 } else { 2 };
        let mut escaped = false;
        let end = rest.iter().enumerate().skip(begin - 1).position(|(at, letter)| {
            let closes = *letter == ']' && !escaped && at >= begin;
            escaped = *letter == '\\' && !escaped;
            closes
        });
        let class: String = match end {
            Some(end) => rest.iter().take(end + begin).collect(),
            None => return Err("the class [ is not closed".into()),
        };
        if class.contains("[:") || class.contains("[=") || class.contains("[.") {
            return Err(format!("the named class {class} is not supported").into());
        }
        self.at += class.chars().count();
        Ok(class)
    }
}

/// A `!(…)` in the text written so far: from its start to its end.
type Span = (usize, usize);

/// The expression that minimatch 5 writes.
fn five(pieces: &[Piece]) -> String {
    const CLOSE: usize = "))[^/]*?)".len() - 1;
    let (mut source, mut negated) = (String::new(), Vec::new());
    five_into(pieces, &mut source, &mut negated);
    for (begin, end) in negated.into_iter().rev() {
        let (head, tail) = source.split_at(end - CLOSE);
        let (before, after) =
            (source.get(..begin).unwrap_or_default(), source.get(end..).unwrap_or_default());
        let open = before.matches('(').count().saturating_sub(before.matches(')').count());
        let behind = (0..open).fold(after.to_owned(), |behind, _| strike_out(&behind));
        let behind = if behind.is_empty() { END } else { &behind };
        source = format!("{head}{behind}{tail}");
    }
    source
}

fn five_into(pieces: &[Piece], source: &mut String, negated: &mut Vec<Span>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => source.push_str(&plain(text)),
            Piece::Group(Group { mark, choices, .. }) => {
                let begin = source.len();
                source.push_str(if *mark == '!' { "(?:(?!(?:" } else { "(?:" });
                for (index, choice) in choices.iter().enumerate() {
                    if index > 0 {
                        source.push('|');
                    }
                    five_into(choice, source, negated);
                }
                if *mark == '!' {
                    source.push_str(&format!(")){STAR})"));
                    negated.push((begin, source.len()));
                } else {
                    source.push_str(&format!("){}", repeat(*mark)));
                }
            }
        }
    }
}

/// Without the first `)` and its repetition mark.
fn strike_out(text: &str) -> String {
    let Some((before, behind)) = text.split_once(')') else { return text.to_owned() };
    format!("{before}{}", behind.strip_prefix(['+', '*', '?']).unwrap_or(behind))
}

#[cfg(test)]
mod tests;
