//! One word of an instruction → its value: variables are replaced, quotes and escapes removed. Source: BuildKit,
//! `frontend/dockerfile/shell/lex.go`. A pattern such as `${NAME#v}` leaves the value unchanged, and the name counts as
//! unknown.

use std::collections::{BTreeMap, BTreeSet};

/// The longest value of a word, in bytes.
const LONGEST: usize = 64 << 10;
/// How deep `${A:-${B:-…}}` may be nested.
const DEEPEST: usize = 16;

/// Variables, and the names that were used and have no value.
#[derive(Debug, Clone)]
pub(crate) struct Variables<'a> {
    /// The first map that contains a name counts.
    pub values: [&'a BTreeMap<String, String>; 2],
    pub unknown: BTreeSet<String>,
}

impl<'a> Variables<'a> {
    pub(crate) fn new(first: &'a BTreeMap<String, String>, second: &'a BTreeMap<String, String>) -> Self {
        Variables { values: [first, second], unknown: BTreeSet::new() }
    }

    /// The value of a word.
    ///
    /// # Errors
    /// The fault: too long, nested too deeply, or an unclosed `${`.
    pub(crate) fn expand(&mut self, word: &str, escape: char) -> Result<String, &'static str> {
        self.nested(word, escape, DEEPEST)
    }

    fn nested(&mut self, word: &str, escape: char, depth: usize) -> Result<String, &'static str> {
        let depth = depth.checked_sub(1).ok_or("variables are nested too deeply")?;
        let mut out = String::new();
        let mut letters = word.chars().peekable();
        let mut double = false;
        while let Some(letter) = letters.next() {
            match letter {
                '\'' if !double => out.extend(letters.by_ref().take_while(|letter| *letter != '\'')),
                '"' => double = !double,
                '$' => {
                    let reference = reference(&mut letters)?;
                    out.push_str(&self.value(&reference, escape, depth)?);
                }
                letter if letter == escape => match letters.next() {
                    // Inside quotes, only special characters can be escaped.
                    Some(next) if double && !['"', '$', escape].contains(&next) => out.extend([letter, next]),
                    Some(next) => out.push(next),
                    None => out.push(letter),
                },
                other => out.push(other),
            }
            if out.len() > LONGEST {
                return Err("it is too long after variables are replaced");
            }
        }
        Ok(out)
    }

    fn value(&mut self, reference: &Reference, escape: char, depth: usize) -> Result<String, &'static str> {
        let Reference { name, operation } = reference;
        if name.is_empty() {
            return Ok("$".to_owned());
        }
        let set = self.values.iter().find_map(|values| values.get(name)).cloned();
        let filled = set.clone().filter(|value| !value.is_empty());
        let Some((operator, word)) = operation else {
            return Ok(set.unwrap_or_else(|| self.unset(name)));
        };
        Ok(match operator.as_str() {
            ":-" => match filled {
                Some(value) => value,
                None => self.nested(word, escape, depth)?,
            },
            "-" => match set {
                Some(value) => value,
                None => self.nested(word, escape, depth)?,
            },
            ":+" if filled.is_none() => String::new(),
            "+" if set.is_none() => String::new(),
            ":+" | "+" => self.nested(word, escape, depth)?,
            _ => {
                self.unknown.insert(name.clone());
                set.unwrap_or_default()
            }
        })
    }

    fn unset(&mut self, name: &str) -> String {
        self.unknown.insert(name.to_owned());
        String::new()
    }
}

/// `$NAME`, or `${NAME}` with the text after the name.
struct Reference {
    /// Empty for a lone `$`.
    name: String,
    /// The operator and its word.
    operation: Option<(String, String)>,
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn reference(letters: &mut Letters<'_>) -> Result<Reference, &'static str> {
    if letters.next_if_eq(&'{').is_none() {
        return Ok(Reference { name: name(letters), operation: None });
    }
    let mut body = String::new();
    let mut open = 1;
    for letter in letters.by_ref() {
        open += i32::from(letter == '{') - i32::from(letter == '}');
        if open == 0 {
            break;
        }
        body.push(letter);
    }
    if open > 0 {
        return Err("a ${ is not closed");
    }
    let mut inside = body.chars().peekable();
    let name = name(&mut inside);
    let rest: String = inside.collect();
    if name.is_empty() {
        return Err("a ${ has no name");
    }
    let length = usize::from(rest.starts_with(':')) + 1;
    let split = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
    let (operator, word) = rest.split_at(split);
    let operation = (!operator.is_empty()).then(|| (operator.to_owned(), word.to_owned()));
    Ok(Reference { name, operation })
}

fn name(letters: &mut Letters<'_>) -> String {
    let mut name = String::new();
    while let Some(letter) = letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_') {
        name.push(letter);
    }
    name
}

#[cfg(test)]
mod tests;
