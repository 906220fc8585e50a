//! minimatch 10: groups as a regular expression, in four steps. Redundantly nested groups are merged; the text after a
//! negation is copied into its choices; each piece learns its position in the name; then the expression is written.

use super::piece::{END, Group, Piece, STAR, plain, repeat};

/// How often minimatch tries to merge the groups inside a group.
const PASSES: usize = 10;
/// A negation whose only choice was a negation: the two cancel out, but the following text was copied into it.
const TWICE: char = '=';

pub(super) fn source(pieces: Vec<Piece>) -> String {
    let pieces = pieces.into_iter().map(flat).collect();
    write(&filled(pieces, &[]), Place { start: true, end: true })
}

/// Merges groups that are a choice on their own.
fn flat(piece: Piece) -> Piece {
    let Piece::Group(mut group) = piece else { return piece };
    for _ in 0..PASSES {
        let mut changed = false;
        let mut choices = Vec::new();
        let alone = group.choices.len() == 1;
        for choice in std::mem::take(&mut group.choices) {
            let mut choice: Vec<Piece> = choice.into_iter().map(flat).collect();
            match choice.as_mut_slice() {
                [Piece::Group(inner)] if adopts(group.mark, inner.mark) => {
                    choices.append(&mut inner.choices);
                    changed = true;
                }
                [Piece::Group(inner)] if adopts_with_nothing(group.mark, inner.mark) => {
                    choices.append(&mut inner.choices);
                    choices.push(Vec::new());
                    changed = true;
                }
                [Piece::Group(inner)] if alone && usurped(group.mark, inner.mark).is_some() => {
                    group.mark = usurped(group.mark, inner.mark).unwrap_or(group.mark);
                    group.open = false;
                    choices.append(&mut inner.choices);
                    changed = true;
                }
                _ => choices.push(choice),
            }
        }
        group.choices = choices;
        if !changed {
            break;
        }
    }
    Piece::Group(group)
}

fn adopts(outer: char, inner: char) -> bool {
    match outer {
        '!' | '@' => inner == '@',
        '?' => matches!(inner, '?' | '@'),
        '*' => matches!(inner, '*' | '+' | '?' | '@'),
        '+' => matches!(inner, '+' | '@'),
        _ => false,
    }
}

fn adopts_with_nothing(outer: char, inner: char) -> bool {
    match outer {
        '!' | '@' => inner == '?',
        '+' => matches!(inner, '?' | '*'),
        _ => false,
    }
}

/// The mark of a group whose only choice is a group.
fn usurped(outer: char, inner: char) -> Option<char> {
    match (outer, inner) {
        ('!', '!') => Some(TWICE),
        ('?', '*' | '+') | ('+', '?' | '*') => Some('*'),
        ('@', inner) => Some(inner),
        _ => None,
    }
}

/// Copies the text after each negation into it: from its own choice or name, and from those around it (`behind`).
fn filled(pieces: Vec<Piece>, behind: &[Piece]) -> Vec<Piece> {
    let mut done: Vec<Piece> = Vec::new();
    for piece in pieces.into_iter().rev() {
        let piece = match piece {
            Piece::Group(Group { mark, choices, open }) => {
                let follows: Vec<Piece> = done.iter().chain(behind).cloned().map(copied).collect();
                let choice = |choice| {
                    let mut choice = filled(choice, &follows);
                    if matches!(mark, '!' | TWICE) {
                        choice.extend(follows.iter().cloned());
                    }
                    choice
                };
                Piece::Group(Group { mark, choices: choices.into_iter().map(choice).collect(), open })
            }
            text => text,
        };
        done.insert(0, piece);
    }
    done
}

/// A copy does not keep how its original ended.
fn copied(piece: Piece) -> Piece {
    match piece {
        Piece::Group(Group { mark, choices, .. }) => {
            let choices = choices.into_iter().map(|choice| choice.into_iter().map(copied).collect());
            Piece::Group(Group { mark, choices: choices.collect(), open: false })
        }
        text => text,
    }
}

/// The position of pieces in the whole name.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Only negations come before them.
    start: bool,
    /// Nothing comes after them.
    end: bool,
}

fn write(pieces: &[Piece], place: Place) -> String {
    let alone = pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
    let something = place.start && place.end && alone;
    let mut source = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            // It is the whole name, so it must not be empty.
            Piece::Text(text) if something && text.chars().all(|letter| letter == '*') => {
                source.push_str("[^/]+?");
            }
            Piece::Text(text) => source.push_str(&plain(text)),
            Piece::Group(group) => {
                let negation = |piece: &Piece| matches!(piece, Piece::Group(Group { mark: '!', .. }));
                let start = place.start && pieces.iter().take(index).all(negation);
                let end = place.end && index + 1 == pieces.len();
                source.push_str(&write_group(group, Place { start, end }));
            }
        }
    }
    source
}

fn write_group(group: &Group, place: Place) -> String {
    let negation = group.mark == '!';
    if negation && group.open {
        return "[^/]+?".to_owned();
    }
    let choice = |choice: &Vec<Piece>| match negation {
        true => format!("{}{END}", write(choice, Place { end: true, ..place })),
        false => write(choice, place),
    };
    let choices = group.choices.iter().map(choice);
    let choices: Vec<String> =
        choices.filter(|choice| !(choice.is_empty() && place.start && place.end)).collect();
    match group.mark {
        '!' => format!("(?:(?!(?:{})){STAR})", choices.join("|")),
        TWICE => format!("(?:{})", choices.join("|")),
        mark => format!("(?:{}){}", choices.join("|"), repeat(mark)),
    }
}
