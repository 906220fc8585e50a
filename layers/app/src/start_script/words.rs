//! The words of a shell's text, as POSIX splits it. In: a text. Out: words and what separates commands. What only a shell can tell is marked.

use std::iter::Peekable;
use std::str::Chars;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Word(Word),
    /// `&&`, `;` or the end of a line.
    Next,
    /// `<` or `>`: the next word is a file.
    Redirect,
    /// A pipe, a group or anything else of a shell that separates commands.
    Other,
}

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// Whether the text is what a shell would make of it.
    pub known: bool,
    /// A quote was in it, so that it is a word even where it is empty.
    quoted: bool,
}

impl Word {
    /// The name and the value of `NAME=value`; no value where only a shell knows it.
    pub(super) fn assignment(&self) -> Option<(&str, Option<String>)> {
        let (name, value) = self.text.split_once('=')?;
        let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        is_name.then(|| (name, self.known.then(|| value.to_owned())))
    }

    pub(super) fn is_option(&self) -> bool {
        self.text.starts_with('-')
    }
}

/// Letters that are a shell's outside of quotes.
const GLOBS: [char; 4] = ['*', '?', '[', '!'];

/// Takes a text apart.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut reader = Reader { rest: text.chars().peekable(), parts: Vec::new(), word: None };
    reader.read();
    reader.end_word();
    reader.parts
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    parts: Vec<Part>,
    word: Option<Word>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(letter) = self.rest.next() {
            match letter {
                ' ' | '\t' | '\r' => self.end_word(),
                '#' if self.word.is_none() => while self.rest.next_if(|letter| *letter != '\n').is_some() {},
                '\n' | ';' => self.separate(Part::Next),
                '&' if self.rest.next_if_eq(&'&').is_some() => self.separate(Part::Next),
                '<' | '>' => {
                    while self.rest.next_if(|letter| ['<', '>', '&', '|'].contains(letter)).is_some() {}
                    self.separate(Part::Redirect);
                }
                '&' | '|' | '(' | ')' => self.separate(Part::Other),
                '\'' => self.single(),
                '"' => self.double(),
                '\\' => self.escaped(),
                '$' => self.variable(),
                '`' => self.command_until('`', None),
                '~' if self.word.is_none() => self.unknown('~'),
                letter if GLOBS.contains(&letter) => self.unknown(letter),
                '{' | '}' => self.unknown(letter),
                letter => self.word().text.push(letter),
            }
        }
    }

    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_with(|| Word { known: true, ..Word::default() })
    }

    fn unknown(&mut self, letter: char) {
        let word = self.word();
        word.known = false;
        word.text.push(letter);
    }

    fn end_word(&mut self) {
        let word = self.word.take().filter(|word| word.quoted || !word.text.is_empty());
        self.parts.extend(word.map(Part::Word));
    }

    fn separate(&mut self, part: Part) {
        self.end_word();
        self.parts.push(part);
    }

    fn single(&mut self) {
        self.word().quoted = true;
        while let Some(letter) = self.rest.next().filter(|letter| *letter != '\'') {
            self.word().text.push(letter);
        }
    }

    fn double(&mut self) {
        self.word().quoted = true;
        while let Some(letter) = self.rest.next().filter(|letter| *letter != '"') {
            match letter {
                '\\' if self.rest.peek().is_some_and(|next| ['"', '\\', '$', '`'].contains(next)) => {
                    let next = self.rest.next().unwrap_or('\\');
                    self.word().text.push(next);
                }
                '$' => self.variable(),
                '`' => self.command_until('`', None),
                letter => self.word().text.push(letter),
            }
        }
    }

    /// A command whose output a shell would put here.
    fn command_until(&mut self, end: char, opens: Option<char>) {
        self.unknown('$');
        let mut depth = 1;
        for letter in self.rest.by_ref() {
            depth += usize::from(Some(letter) == opens);
            depth -= usize::from(letter == end);
            if depth == 0 {
                break;
            }
        }
    }

    /// A backslash before the end of a line joins two lines.
    fn escaped(&mut self) {
        match self.rest.next() {
            Some('\n') | None => {}
            Some(letter) => self.word().text.push(letter),
        }
    }

    /// `${NAME:-value}` is its value, as an image has no other; every other variable is unknown.
    fn variable(&mut self) {
        let copy: String = self.rest.clone().collect();
        match default_of(&copy) {
            Some((value, length)) => {
                self.rest.by_ref().take(length).for_each(drop);
                self.word().text.push_str(&value);
            }
            None if copy.starts_with('(') => {
                self.rest.next();
                self.command_until(')', Some('('));
            }
            None => self.unknown('$'),
        }
    }
}

/// Of what stands behind a `$`, the default and how many letters it takes.
fn default_of(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix('{')?.split('}').next()?;
    let (name, value) = inside.split_once(":-").or_else(|| inside.split_once('-'))?;
    let is_name =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let plain = !value.contains(['$', '`', '"', '\'', '\\']);
    (is_name && plain).then(|| (value.to_owned(), inside.chars().count() + 2))
}
