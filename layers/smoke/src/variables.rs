//! Lines of output → missing variables. In: lines in order, and the variables that are set. Out: names. It knows the
//! messages of Prisma, zod, Joi, class-validator, envalid, env-var, convict and hand-written checks.

use std::collections::BTreeMap;

use crate::clues::Clue;

/// How many lines a name and its message may span: zod prints JSON.
const SPREAD: usize = 8;

/// Phrases that say that something is missing.
const WORDS: [&str; 19] = [
    "required",
    "missing",
    "not set",
    "isn't set",
    "unset",
    "not defined",
    "undefined",
    "must be set",
    "must be defined",
    "must be provided",
    "must be specified",
    "must be a",
    "not found",
    "not provided",
    "not configured",
    "is empty",
    "must not be empty",
    "not be empty",
    "failed the following constraints",
];

/// Messages that name no variable.
const NAMELESS: [&str; 3] =
    ["secretOrPrivateKey must have a value", "requires a secret or key", "Config validation error"];

/// Reads lines.
pub(crate) struct Variables<'a> {
    set: &'a BTreeMap<String, String>,
    /// How many lines ago a phrase stood alone, and a name that is not set.
    word: Option<usize>,
    name: Option<(usize, String)>,
}

impl Variables<'_> {
    pub(crate) fn new(set: &BTreeMap<String, String>) -> Variables<'_> {
        Variables { set, word: None, name: None }
    }

    /// The clue in a line, together with the lines before it.
    pub(crate) fn line(&mut self, line: &str) -> Option<Clue> {
        self.word = self.word.map(|age| age + 1).filter(|age| *age <= SPREAD);
        self.name = self.name.take().map(|(age, name)| (age + 1, name)).filter(|(age, _)| *age <= SPREAD);
        // node's own errors contain such phrases too.
        if line.trim_start().starts_with("at ") || line.contains("Cannot find module") {
            return None;
        }
        let lower = line.to_lowercase();
        let says = WORDS.iter().any(|word| lower.contains(word));
        let name = self.missing(line);
        let clue = |name: Option<String>| {
            Some(Clue::Variable { name, line: line.trim().chars().take(300).collect() })
        };
        if NAMELESS.iter().any(|words| line.contains(words)) {
            return clue(name);
        }
        let alone = name.as_deref().is_some_and(|name| is_alone(line, name));
        match (says, name) {
            (true, Some(name)) => clue(Some(name)),
            (false, Some(name)) if alone => {
                if self.word.take().is_some() {
                    return clue(Some(name));
                }
                self.name = Some((0, name));
                None
            }
            // JSON spans several lines (`"received": "undefined",`), as does the output of `prettifyError` of zod 4.
            (true, None) if line.trim_start().starts_with(['"', '{', '[', '✖']) => match self.name.take() {
                Some((_, name)) => clue(Some(name)),
                None => {
                    self.word = Some(0);
                    None
                }
            },
            _ => None,
        }
    }

    /// The first variable in a line that is not set or empty.
    fn missing(&self, line: &str) -> Option<String> {
        let names = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let unset = |name: &&str| is_variable(name) && self.set.get(*name).is_none_or(String::is_empty);
        names.filter(unset).map(str::to_owned).next()
    }
}

/// `DATABASE_URL` and `PORT`, but not an error code.
fn is_variable(name: &str) -> bool {
    let letters =
        name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    let errors = ["ERR_", "NODE_MODULE_VERSION", "MODULE_NOT_FOUND", "UNHANDLED_"];
    letters
        && name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && (name == "PORT" || name == "HOST" || (name.contains('_') && name.len() > 3))
        && !errors.iter().any(|error| name.starts_with(error))
}

/// Whether a line of JSON, or of zod's own format (`→ at NAME`), contains only the name.
fn is_alone(line: &str, name: &str) -> bool {
    line.trim().trim_start_matches("→ at ").trim_matches(['"', '\'', ',', '[', ']', ' ']) == name
        || line.contains(&format!("path: [ '{name}' ]"))
}

#[cfg(test)]
mod tests;
