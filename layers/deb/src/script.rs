//! A maintainer script, parsed as by the shell. In: its text. Out: its commands. Unsupported parts (pipes, loops, the
//! output of other programs) are marked in place: a script can be understood if its unsupported parts are never
//! reached. Nothing runs.

use std::iter::Peekable;
use std::str::Chars;

pub(crate) mod commands;
mod glob;
mod parse;
pub(crate) mod system;

pub(crate) use parse::parse;

/// The depth limit of nesting.
const MAX_DEPTH: usize = 50;

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, and whether it was quoted.
    Text(String, bool),
    /// A variable, its default for an empty value, and whether it was quoted.
    Variable(String, String, bool),
    /// The text for a non-empty variable: `${NAME:+TEXT}`. The text is not parsed.
    WhenSet(String),
    /// The path of a program, or nothing: `$(command -v NAME)`.
    Program(String),
    /// `"$@"`.
    Arguments,
    /// The output of another program, or an unsupported form.
    Unknown,
}

pub(crate) type Word = Vec<Piece>;

/// One command, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Command {
        assignments: Vec<(String, Word)>,
        words: Vec<Word>,
    },
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    If {
        branches: Vec<(Vec<Node>, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, Vec<Node>)>,
    },
    For {
        name: String,
        words: Vec<Word>,
        body: Vec<Node>,
    },
    Function {
        name: String,
        body: Box<Node>,
    },
    Group(Vec<Node>),
    /// A pipe, a loop, a subshell, or a redirection into a file.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Word),
    Operator(&'static str),
    /// Whether it has no effect: to `/dev/null`, or from one output stream to the other.
    Redirection(bool),
    Newline,
}

/// The text of a word that is only unquoted text.
fn plain(word: &Word) -> Option<&str> {
    match word.as_slice() {
        [Piece::Text(text, false)] => Some(text),
        _ => None,
    }
}

/// Splits a script; `None` if it cannot be split.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let text = text.replace("\\\n", "");
    let mut rest = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = rest.peek().copied() {
        match c {
            ' ' | '\t' => drop(rest.next()),
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            '\n' => {
                rest.next();
                tokens.push(Token::Newline);
            }
            ';' | '&' | '|' | '(' | ')' => tokens.push(operator(&mut rest)?),
            '<' | '>' => tokens.push(redirection(&mut rest)?),
            _ => {
                let word = word(&mut rest)?;
                let number = plain(&word).is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
                match rest.peek() {
                    Some('<' | '>') if number => tokens.push(redirection(&mut rest)?),
                    _ => tokens.push(Token::Word(word)),
                }
            }
        }
    }
    Some(tokens)
}

fn operator(rest: &mut Peekable<Chars<'_>>) -> Option<Token> {
    let first = rest.next()?;
    let twice = rest.next_if_eq(&first).is_some();
    let operator = match (first, twice) {
        (';', true) => ";;",
        (';', false) => ";",
        ('&', true) => "&&",
        ('|', true) => "||",
        ('|', false) => "|",
        ('&', false) if rest.peek() == Some(&'>') => return redirection(rest),
        ('(', false) => "(",
        (')', false) => ")",
        _ => return None,
    };
    Some(Token::Operator(operator))
}

/// A redirection from its operator on, with its target.
fn redirection(rest: &mut Peekable<Chars<'_>>) -> Option<Token> {
    let sign = rest.next()?;
    if sign == '<' && rest.peek() == Some(&'<') {
        return None;
    }
    rest.next_if_eq(&'>');
    if rest.next_if_eq(&'&').is_some() {
        let to = rest.next()?;
        return Some(Token::Redirection(sign == '>' && matches!(to, '1' | '2')));
    }
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    let target = word(rest)?;
    Some(Token::Redirection(plain(&target) == Some("/dev/null")))
}

fn word(rest: &mut Peekable<Chars<'_>>) -> Option<Word> {
    let mut word = Word::new();
    while let Some(c) = rest.next_if(|c| !" \t\n;&|()<>".contains(*c)) {
        match c {
            '\'' => {
                let mut text = String::new();
                loop {
                    match rest.next()? {
                        '\'' => break,
                        c => text.push(c),
                    }
                }
                word.push(Piece::Text(text, true));
            }
            '"' => quoted(rest, &mut word)?,
            '\\' => push(&mut word, rest.next()?, true),
            '$' => word.push(expansion(rest, false)?),
            '`' => word.push(printed(rest)?),
            c => push(&mut word, c, false),
        }
    }
    Some(word)
}

fn push(word: &mut Word, c: char, quoted: bool) {
    match word.last_mut() {
        Some(Piece::Text(text, known)) if *known == quoted => text.push(c),
        _ => word.push(Piece::Text(c.into(), quoted)),
    }
}

/// Up to the closing quote.
fn quoted(rest: &mut Peekable<Chars<'_>>, word: &mut Word) -> Option<()> {
    word.push(Piece::Text(String::new(), true));
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '\\' => match rest.next()? {
                c @ ('$' | '`' | '"' | '\\') => push(word, c, true),
                c => ['\\', c].into_iter().for_each(|c| push(word, c, true)),
            },
            '$' => word.push(expansion(rest, true)?),
            '`' => word.push(printed(rest)?),
            c => push(word, c, true),
        }
    }
}

/// Skips text between backquotes.
fn printed(rest: &mut Peekable<Chars<'_>>) -> Option<Piece> {
    loop {
        match rest.next()? {
            '`' => return Some(Piece::Unknown),
            '\\' => drop(rest.next()?),
            _ => {}
        }
    }
}

/// The expansion after a dollar sign.
fn expansion(rest: &mut Peekable<Chars<'_>>, quoted: bool) -> Option<Piece> {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    match rest.peek().copied() {
        Some('(') => {
            let inner = nested(rest, '(', ')')?;
            Some(program(&inner).map_or(Piece::Unknown, Piece::Program))
        }
        Some('{') => Some(braced(&nested(rest, '{', '}')?, quoted)),
        Some('@') => {
            rest.next();
            Some(if quoted { Piece::Arguments } else { Piece::Unknown })
        }
        Some(c) if c.is_ascii_digit() => {
            rest.next();
            Some(Piece::Variable(c.into(), String::new(), quoted))
        }
        Some(c) if is_name(&c) => {
            let mut name = String::new();
            while let Some(c) = rest.next_if(is_name) {
                name.push(c);
            }
            Some(Piece::Variable(name, String::new(), quoted))
        }
        _ => Some(Piece::Unknown),
    }
}

/// The name in `(command -v NAME)`.
fn program(text: &str) -> Option<String> {
    let words: Vec<&str> = text.trim_matches(['(', ')']).split_ascii_whitespace().collect();
    let is_name =
        |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match words.as_slice() {
        ["command", "-v", name] if is_name(name) => Some((*name).to_owned()),
        ["command", "-v", name, "2>/dev/null"] if is_name(name) => Some((*name).to_owned()),
        _ => None,
    }
}

/// The text between two delimiters, which may be nested.
fn nested(rest: &mut Peekable<Chars<'_>>, open: char, close: char) -> Option<String> {
    let (mut depth, mut text) = (0_usize, String::new());
    loop {
        let c = rest.next()?;
        match c {
            '\\' => {
                text.extend([c, rest.next()?]);
                continue;
            }
            _ if c == open => depth += 1,
            _ if c == close => depth -= 1,
            _ => {}
        }
        text.push(c);
        if depth == 0 {
            return Some(text);
        }
    }
}

/// `{NAME}`, `{NAME:-TEXT}` or `{NAME:+TEXT}`.
fn braced(text: &str, quoted: bool) -> Piece {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let Some((name, _)) = inner.split_once(":+").filter(|(name, _)| plain(name)) {
        return Piece::WhenSet(name.to_owned());
    }
    let (name, default) = inner.split_once(":-").unwrap_or((inner, ""));
    match plain(name) && !default.contains(['$', '`', '"', '\'', '\\']) {
        true => Piece::Variable(name.to_owned(), default.to_owned(), quoted),
        false => Piece::Unknown,
    }
}

#[cfg(test)]
mod tests;
