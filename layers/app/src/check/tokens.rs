//! JavaScript and TypeScript as words and signs. In: the text of a file. Out: its tokens, with how deep each lies in brackets. No more is
//! understood than where strings, templates, comments and regular expressions begin and end; a text where that goes wrong is told as such.

/// The largest file that is looked at: larger ones are bundles, which load little.
const LARGEST: usize = 4 << 20;
/// Behind these words a slash begins a regular expression.
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
/// Behind the parentheses of these a statement begins.
const WITH_HEAD: [&str; 4] = ["if", "while", "for", "with"];

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a keyword or a number.
    Word(&'t str),
    /// A string or template without an escape, its quotes left out.
    Text(&'t str),
    /// The end of a template, behind its last value: `/x` of `${folder}/x`.
    Tail(&'t str),
    /// What stands in a template before a value, where it is the beginning of a path or goes on with one: `./x/` of `./x/${name}`, `/x/` of
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

/// What a bracket encloses, as far as the slash behind it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// A block, or the head of a statement: what follows is a statement.
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
    /// Whether the last token ends a value, so that a slash divides it.
    after_value: bool,
}

/// The tokens of a text; nothing where it cannot be told what is one.
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

    /// Reads one token, comment or blank. Answers whether there was any; nothing where it is not understood.
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
                // Behind `x++` a slash divides; behind `+` it cannot.
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
                    // A whole letter is behind it.
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

    /// Reads a template, or what is behind a `}` in it; `skip` letters belong to its beginning.
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
            // An object stands where a value is expected; behind a value or `=>` there is a block.
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
