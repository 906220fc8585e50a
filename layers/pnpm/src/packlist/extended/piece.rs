//! Pieces of names with groups, and the meaning of characters and wildcards. Text in, text out.

use fancy_regex::Regex;

/// The end of a name.
pub(super) const END: &str = "(?:$|/)";
/// Any characters, as few as possible.
pub(super) const STAR: &str = "[^/]*?";

/// A run of characters and simple wildcards, or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Group(Group),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) mark: char,
    pub(super) choices: Vec<Vec<Piece>>,
    /// Its last choice ends with a group.
    pub(super) open: bool,
}

/// Characters and simple wildcards as a regular expression.
pub(super) fn plain(text: &str) -> String {
    let mut source = String::new();
    let mut letters = text.chars().peekable();
    let mut starred = false;
    while let Some(letter) = letters.next() {
        if letter == '*' && starred {
            continue;
        }
        starred = letter == '*';
        match letter {
            '*' => source.push_str(STAR),
            '?' => source.push_str("[^/]"),
            '\\' => source.push_str(&literal(letters.next().unwrap_or('\\'))),
            '[' => {
                let mut class = String::new();
                while let Some(letter) = letters.next() {
                    match letter {
                        // The first character after the negation is literal, whichever it is.
                        ']' if !class.is_empty() && class != "^" => break,
                        '!' if class.is_empty() => class.push('^'),
                        '\\' => class.push_str(&in_class(letters.next().unwrap_or('\\'))),
                        '-' | '^' => class.push(letter),
                        other => class.push_str(&in_class(other)),
                    }
                }
                // A reversed range matches nothing.
                let whole = format!("[{class}]");
                source.push_str(if Regex::new(&whole).is_ok() { &whole } else { "(?:$.)" });
            }
            other => source.push_str(&literal(other)),
        }
    }
    source
}

/// The text between `(?:…)` and the rest.
pub(super) fn repeat(mark: char) -> String {
    if mark == '@' { String::new() } else { mark.to_string() }
}

fn literal(letter: char) -> String {
    fancy_regex::escape(letter.encode_utf8(&mut [0; 4])).into_owned()
}

fn in_class(letter: char) -> String {
    if letter.is_ascii_punctuation() { format!("\\{letter}") } else { letter.to_string() }
}
