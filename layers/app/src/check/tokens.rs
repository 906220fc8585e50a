//! JavaScript and TypeScript as tokens. In: the text of a file. Out: its tokens, each with its bracket depth. Only the
//! limits of strings, templates, comments and regular expressions are parsed. Text that cannot be parsed is reported as
//! such.

/// The size limit of a file in bytes: larger files are bundles, which load little.
const LARGEST: usize = 4 << 20;
/// After these words a slash begins a regular expression.
const BEFORE_REGEX: [&str; 15] = [
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "await",
    "yield",
    "instanceof",
    "default",
];
/// After the parentheses of these words a statement begins.
const WITH_HEAD: [&str; 4] = ["if", "while", "for", "with"];

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a keyword or a number.
    Word(&'t str),
    /// A string or template without an escape, without its quotes.
    Text(&'t str),
    /// The end of a template, after its last value: `/x` of `${folder}/x`.
    Tail(&'t str),
    /// The text before a value in a template, if it begins or continues a path: `./x/` of `./x/${name}`, `/x/` of
    /// `${folder}/x/${name}`.
    Part(&'t str),
    /// Another template, a string with an escape, or a regular expression.
    Value,
    Sign(char),
}

/// A token with the number of brackets around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed<'t> {
    pub token: Token<'t>,
    pub depth: usize,
}

/// The content of a bracket, as needed for the slash after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// A block, or the head of a statement: a statement follows.
    Statement,
    /// A part of an expression.
    Value,
    /// `${` in a template.
    Template,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    open: Vec<(char, Bracket)>,
    found: Vec<Placed<'t>>,
    /// Whether the last token ends a value, so that a slash is a division.
    after_value: bool,
}

/// The tokens of a text; `None` if it cannot be parsed.
pub(super) fn tokens(text: &[u8]) -> Option<Vec<Placed<'_>>> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= LARGEST)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader { text, at: 0, open: Vec::new(), found: Vec::new(), after_value: false };
    if text.starts_with("#!") {
        reader.line();
    }
    while reader.step()? {}
    reader.open.is_empty().then_some(reader.found)
}

impl<'t> Reader<'t> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line(&mut self) {
        self.at += self.rest().find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(self.rest().len());
    }

    fn add(&mut self, token: Token<'t>, after_value: bool) {
        self.found.push(Placed { token, depth: self.open.len() });
        self.after_value = after_value;
    }

    /// Reads one token, comment or space. Returns whether there was any; `None` if it cannot be parsed.
    fn step(&mut self) -> Option<bool> {
        let Some(letter) = self.rest().chars().next() else { return Some(false) };
        match letter {
            '/' if self.peek(1) == Some(b'/') => self.line(),
            '/' if self.peek(1) == Some(b'*') => self.at += self.rest().get(2..)?.find("*/")? + 4,
            '/' if !self.after_value => self.regex()?,
            '"' | '\'' => self.string(letter)?,
            '`' => self.template(1)?,
            '(' | '[' | '{' => self.opens(letter),
            ')' | ']' | '}' => self.closes(letter)?,
            letter if letter.is_whitespace() => self.at += letter.len_utf8(),
            letter if letter.is_alphanumeric() || "_$#\\".contains(letter) => self.word(),
            letter => {
                self.at += letter.len_utf8();
                // After `x++` a slash is a division; after `+` it cannot be one.
                let twice = "+-".contains(letter)
                    && self.found.last().is_some_and(|last| last.token == Token::Sign(letter));
                self.add(Token::Sign(letter), twice);
            }
        }
        Some(true)
    }

    fn word(&mut self) {
        let part = |c: char| c.is_alphanumeric() || "_$#\\\u{200c}\u{200d}".contains(c);
        let length = self.rest().find(|c| !part(c)).unwrap_or(self.rest().len());
        let word = self.rest().get(..length).unwrap_or_default();
        let member = self.found.last().is_some_and(|last| last.token == Token::Sign('.'));
        self.at += length;
        self.add(Token::Word(word), member || !BEFORE_REGEX.contains(&word));
    }

    fn string(&mut self, quote: char) -> Option<()> {
        let start = self.at + 1;
        let (mut at, mut plain) = (start, true);
        loop {
            match self.text.as_bytes().get(at)? {
                b'\\' => {
                    plain = false;
                    at += 1;
                    // A complete character follows.
                    at += self.text.get(at..)?.chars().next()?.len_utf8();
                }
                b'\n' | b'\r' => return None,
                byte if char::from(*byte) == quote => break,
                _ => at += 1,
            }
        }
        let inside = self.text.get(start..at)?;
        self.at = at + 1;
        self.add(if plain { Token::Text(inside) } else { Token::Value }, true);
        Some(())
    }

    /// Reads a template, or its rest after a `}`; the first `skip` characters belong to its beginning.
    fn template(&mut self, skip: usize) -> Option<()> {
        let is_whole = self.peek(0) == Some(b'`');
        self.at += skip;
        let (start, mut plain) = (self.at, true);
        loop {
            match self.peek(0)? {
                b'\\' => {
                    plain = false;
                    self.at += 1;
                    self.at += self.rest().chars().next()?.len_utf8();
                }
                b'`' => {
                    let inside = self.text.get(start..self.at)?;
                    self.at += 1;
                    plain &= !inside.contains(['\n', '\r']);
                    self.add(
                        match (plain, is_whole) {
                            (true, true) => Token::Text(inside),
                            (true, false) => Token::Tail(inside),
                            (false, _) => Token::Value,
                        },
                        true,
                    );
                    return Some(());
                }
                b'$' if self.peek(1) == Some(b'{') => {
                    let inside = self.text.get(start..self.at)?;
                    if plain && inside.contains('/') && inside.starts_with('/') != is_whole {
                        self.add(Token::Part(inside), false);
                    }
                    self.at += 2;
                    self.open.push(('{', Bracket::Template));
                    self.after_value = false;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn regex(&mut self) -> Option<()> {
        let (mut at, mut class) = (self.at + 1, false);
        loop {
            match self.text.as_bytes().get(at)? {
                b'\\' => at += 1,
                b'\n' | b'\r' => return None,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                _ => {}
            }
            at += 1;
        }
        self.at = at + 1;
        self.at += self.rest().find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest().len());
        self.add(Token::Value, true);
        Some(())
    }

    fn opens(&mut self, letter: char) {
        let last = self.found.last().map(|last| last.token);
        let kind = match letter {
            '(' => match last {
                Some(Token::Word(word)) if WITH_HEAD.contains(&word) => Bracket::Statement,
                _ => Bracket::Value,
            },
            // A brace is an object where a value is expected; after a value or `=>` it is a block.
            '{' if self.after_value
                || matches!(last, None | Some(Token::Sign(';' | '{' | '}' | ')' | '>'))) =>
            {
                Bracket::Statement
            }
            '{' => match last {
                Some(Token::Word("else" | "do" | "try" | "finally")) => Bracket::Statement,
                _ => Bracket::Value,
            },
            _ => Bracket::Value,
        };
        self.at += 1;
        self.add(Token::Sign(letter), false);
        self.open.push((letter, kind));
    }

    fn closes(&mut self, letter: char) -> Option<()> {
        let (opened, kind) = self.open.pop()?;
        let fits = matches!((opened, letter), ('(', ')') | ('[', ']') | ('{', '}'));
        if !fits {
            return None;
        }
        if kind == Bracket::Template {
            return self.template(1);
        }
        self.at += 1;
        self.add(Token::Sign(letter), kind == Bracket::Value);
        Some(())
    }
}

#[cfg(test)]
mod tests;
