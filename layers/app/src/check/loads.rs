//! Modules that a file loads unconditionally when it is loaded: `import` and `export … from`, and `require` in an
//! unconditional top-level statement. In: a file's text. Out: names. Calls in a function, a block, a condition or a
//! `try` are excluded. Text that cannot be parsed gives none. [`mentioned`] returns all names, wherever they are.

use std::collections::BTreeSet;

use super::callers::Callers;
use super::tokens::{Placed, Token, tokens};
use super::values::{imported, values};

/// How something is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loader {
    Require,
    Import,
}

impl Loader {
    /// The condition that is active for it in `exports`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Loader::Require => "require",
            Loader::Import => "import",
        }
    }

    pub(super) fn other(self) -> Loader {
        match self {
            Loader::Require => Loader::Import,
            Loader::Import => Loader::Require,
        }
    }
}

/// A loaded module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Load {
    pub specifier: String,
    pub loader: Loader,
    /// Whether the imported names may be types only, which TypeScript compilers remove.
    pub perhaps_types: bool,
}

/// Words that begin a statement anywhere, except in blocks, which are deeper.
const BEGIN: [&str; 4] = ["import", "export", "const", "let"];
/// Characters that make a statement conditional or deferred.
const CONDITIONAL: [char; 4] = ['?', '&', '|', '!'];
const LATER: [&str; 15] = [
    "function", "class", "typeof", "async", "try", "if", "else", "for", "while", "do", "with", "switch",
    "return", "throw", "catch",
];

/// The modules that a file loads; each name once.
pub(super) fn loads(text: &[u8]) -> Vec<Load> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let callers = Callers::of(&tokens);
    let values = values(&tokens);
    let mut found: Vec<Load> = Vec::new();
    for at in starts(&tokens) {
        let statement = tokens.get(at..).unwrap_or_default();
        let loads = match statement.first().map(|first| first.token) {
            Some(Token::Word("import")) => import(statement, &values).into_iter().collect(),
            Some(Token::Word("export")) => match statement.get(1).map(|second| second.token) {
                Some(Token::Sign('*' | '{')) => export(statement).into_iter().collect(),
                _ => requires(statement.get(1..).unwrap_or_default(), &callers),
            },
            _ => requires(statement, &callers),
        };
        for load in loads {
            if !found.contains(&load) {
                found.push(load);
            }
        }
    }
    found
}

/// All module names in a file, whether or not they are loaded conditionally.
pub(super) fn mentioned(text: &[u8]) -> Vec<String> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let callers = Callers::of(&tokens);
    let mut found: Vec<String> = Vec::new();
    for (at, placed) in tokens.iter().enumerate() {
        let statement = tokens.get(at..).unwrap_or_default();
        let token = |ahead: usize| statement.get(ahead).map(|placed| placed.token);
        let name = match (placed.token, token(1), token(2)) {
            (Token::Word("from" | "import"), Some(Token::Text(name)), _) => Some(name),
            (Token::Word("import"), Some(Token::Sign('(')), Some(Token::Text(name))) => Some(name),
            _ => callers.called(statement),
        };
        found.extend(name.map(str::to_owned).filter(|name| !found.contains(name)));
    }
    found
}

/// Positions where top-level statements surely begin.
fn starts<'a>(tokens: &'a [Placed<'_>]) -> impl Iterator<Item = usize> + 'a {
    let begins = |(at, placed): &(usize, &Placed<'_>)| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before)).map(|before| before.token);
        let Token::Word(word) = placed.token else { return false };
        // After a parenthesis without a semicolon, or after `else`, a statement may be part of another.
        placed.depth == 0
            && match before {
                None | Some(Token::Sign(';' | '}')) => true,
                Some(Token::Sign('.' | '=' | ',')) => false,
                _ => BEGIN.contains(&word),
            }
    };
    tokens.iter().enumerate().filter(begins).map(|(at, _)| at)
}

fn import(statement: &[Placed<'_>], values: &BTreeSet<&str>) -> Option<Load> {
    let load = |specifier: &str, loader, perhaps_types| {
        Some(Load { specifier: specifier.to_owned(), loader, perhaps_types })
    };
    let token = |at: usize| statement.get(at).map(|placed| placed.token);
    match (token(1)?, token(2)) {
        (Token::Text(specifier), _) => load(specifier, Loader::Import, false),
        (Token::Sign('(' | '.'), _) => None,
        (Token::Word("type"), Some(Token::Word(word))) if word != "from" => None,
        (Token::Word("type"), Some(Token::Sign('{' | '*'))) => None,
        (Token::Word(_), Some(Token::Sign('='))) => match (token(3)?, token(5)?) {
            (Token::Word("require"), Token::Text(specifier)) => load(specifier, Loader::Require, true),
            _ => None,
        },
        _ => {
            let used = imported(statement).into_iter().any(|name| values.contains(name));
            load(from(statement)?, Loader::Import, !used)
        }
    }
}

fn export(statement: &[Placed<'_>]) -> Option<Load> {
    let specifier = from(statement)?.to_owned();
    let perhaps_types = statement.get(1)?.token == Token::Sign('{');
    Some(Load { specifier, loader: Loader::Import, perhaps_types })
}

/// The name after `from`, preceded only by names and braces.
fn from<'t>(statement: &[Placed<'t>]) -> Option<&'t str> {
    let rest = statement.get(1..)?;
    let at = rest.iter().position(|placed| placed.depth == 0 && placed.token == Token::Word("from"))?;
    let names = |placed: &Placed<'_>| {
        matches!(placed.token, Token::Word(_) | Token::Text(_) | Token::Sign('{' | '}' | ',' | '*'))
    };
    if !rest.get(..at)?.iter().all(names) {
        return None;
    }
    match rest.get(at + 1)?.token {
        Token::Text(specifier) => Some(specifier),
        _ => None,
    }
}

/// The names in a statement's `require` calls, up to the first part that may prevent a call.
fn requires(statement: &[Placed<'_>], callers: &Callers<'_>) -> Vec<Load> {
    let mut found = Vec::new();
    for (at, placed) in statement.iter().enumerate() {
        match placed.token {
            Token::Sign(';') if placed.depth == 0 => break,
            Token::Sign(sign) if CONDITIONAL.contains(&sign) => break,
            // An arrow: `=` and `>`.
            Token::Sign('>') => break,
            // The body of a method.
            Token::Sign('{')
                if at > 0 && statement.get(at - 1).is_some_and(|before| before.token == Token::Sign(')')) =>
            {
                break;
            }
            Token::Word(word) if LATER.contains(&word) => break,
            Token::Word("import") if awaited(statement, at).is_some() => {
                let specifier = awaited(statement, at).unwrap_or_default().to_owned();
                found.push(Load { specifier, loader: Loader::Import, perhaps_types: false });
            }
            Token::Word(word) if at > 0 && placed.depth == 0 && BEGIN.contains(&word) => break,
            Token::Word(_) => {
                let of_object =
                    at > 0 && statement.get(at - 1).is_some_and(|before| before.token == Token::Sign('.'));
                let called = callers.called(statement.get(at..).unwrap_or_default());
                let specifier = called.filter(|_| !of_object || callers.makes(placed.token));
                found.extend(specifier.map(|specifier| Load {
                    specifier: specifier.to_owned(),
                    loader: Loader::Require,
                    perhaps_types: false,
                }));
            }
            _ => {}
        }
    }
    found
}

/// The name in `await import('x')`, unless a method is called on the promise, which may catch the error.
fn awaited<'t>(statement: &[Placed<'t>], at: usize) -> Option<&'t str> {
    let token = |at: usize| statement.get(at).map(|placed| placed.token);
    let before = at.checked_sub(1).and_then(token);
    match (before, token(at + 1)?, token(at + 2)?, token(at + 3)?, token(at + 4)) {
        (_, _, _, _, Some(Token::Sign('.'))) => None,
        (Some(Token::Word("await")), Token::Sign('('), Token::Text(name), Token::Sign(')'), _) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
