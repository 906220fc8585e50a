//! The words of shell text, split by POSIX rules. In: text. Out: words and separators of commands. Words that only a
//! shell can resolve are marked.

use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Word(Word),
    /// `&&`, `;` or a line break.
    Next,
    /// `<` or `>`: the next word is a file.
    Redirect,
    /// `|`: the next command reads this one's output.
    Pipe,
    /// A group, or another separator of commands.
    Other,
}

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub text: String,
    /// Whether the text is the shell's result.
    pub known: bool,
    /// Whether it had a quote, so that it is a word even if it is empty.
    quoted: bool,
    /// Its position in the text, quotes included.
    pub range: Range<usize>,
}

impl Word {
    /// The name and the value of `NAME=value`; no value if only a shell knows it.
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

/// Characters with a meaning for the shell outside quotes.
const GLOBS: [char; 4] = ['*', '?', '[', '!'];

/// The longest text that is parsed; real scripts are shorter.
const LONGEST: usize = 10_000;

/// Splits a text.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    if text.len() > LONGEST {
        return vec![Part::Other];
    }
    let mut reader =
        Reader { length: text.len(), rest: text.chars().peekable(), parts: Vec::new(), word: None, begin: 0 };
    reader.read();
    reader.end_word();
    reader.parts
}

struct Reader<'t> {
    length: usize,
    rest: Peekable<Chars<'t>>,
    parts: Vec<Part>,
    word: Option<Word>,
    /// The position of the current character.
    begin: usize,
}

impl Reader<'_> {
    /// The position of the next character.
    fn at(&self) -> usize {
        self.length - self.rest.clone().map(char::len_utf8).sum::<usize>()
    }

    fn read(&mut self) {
        loop {
            self.begin = self.at();
            let Some(letter) = self.rest.next() else { break };
            match letter {
                ' ' | '\t' | '\r' => self.end_word(),
                '#' if self.word.is_none() => while self.rest.next_if(|letter| *letter != '\n').is_some() {},
                '\n' | ';' => self.separate(Part::Next),
                '&' if self.rest.next_if_eq(&'&').is_some() => self.separate(Part::Next),
                '<' | '>' => {
                    while self.rest.next_if(|letter| ['<', '>', '&', '|'].contains(letter)).is_some() {}
                    self.separate(Part::Redirect);
                }
                '|' if self.rest.next_if_eq(&'|').is_none() => {
                    // `|&` also passes standard error.
                    self.rest.next_if_eq(&'&');
                    self.separate(Part::Pipe);
                }
                '&' | '|' | '(' | ')' => self.separate(Part::Other),
                '\'' => self.single(),
                '"' => self.double(),
                '\\' => self.escaped(),
                '$' => self.variable(),
                '`' => self.command_until('`', None),
                // Also in `A=~/x` and `PATH=a:~/b`.
                '~' if self.word.as_ref().is_none_or(|word| word.text.ends_with(['=', ':'])) => {
                    self.unknown('~');
                }
                letter if GLOBS.contains(&letter) => self.unknown(letter),
                '{' | '}' => self.unknown(letter),
                letter => self.word().text.push(letter),
            }
        }
    }

    fn word(&mut self) -> &mut Word {
        let range = self.begin..self.begin;
        self.word.get_or_insert_with(|| Word { known: true, range, ..Word::default() })
    }

    fn unknown(&mut self, letter: char) {
        let word = self.word();
        word.known = false;
        word.text.push(letter);
    }

    fn end_word(&mut self) {
        let word = self.word.take().filter(|word| word.quoted || !word.text.is_empty());
        let end = self.begin;
        self.parts.extend(word.map(|mut word| {
            word.range.end = end;
            Part::Word(word)
        }));
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

    /// A command whose output a shell would insert here.
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

    /// A backslash before a line break joins two lines.
    fn escaped(&mut self) {
        match self.rest.next() {
            Some('\n') | None => {}
            Some(letter) => self.word().text.push(letter),
        }
    }

    /// `${NAME:-value}` becomes its value, because an image has no other. Every other variable is unknown.
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

/// The default value after a `$`, and its number of characters.
fn default_of(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix('{')?.split('}').next()?;
    let (name, value) = inside.split_once(":-").or_else(|| inside.split_once('-'))?;
    let is_name =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let plain = !value.contains(['$', '`', '"', '\'', '\\']);
    (is_name && plain).then(|| (value.to_owned(), inside.chars().count() + 2))
}
