//! Functions that load modules, in addition to `require`: `const load = createRequire(import.meta.url)`, under any name
//! and from any import of Node.js's `module`, and `const load = require`. In: tokens. Out: names. A function that
//! resolves from another folder than the file's is excluded.

use std::collections::BTreeSet;

use super::tokens::{Placed, Token};

/// The function that creates a `require`.
const MAKER: &str = "createRequire";

/// The names of one file.
pub(super) struct Callers<'t> {
    names: BTreeSet<&'t str>,
    makers: BTreeSet<&'t str>,
}

impl<'t> Callers<'t> {
    pub(super) fn of(tokens: &[Placed<'t>]) -> Callers<'t> {
        let token = |at: usize| tokens.get(at).map(|placed| placed.token);
        let mut callers = Callers { names: BTreeSet::from(["require", "__require"]), makers: [MAKER].into() };
        if (0..tokens.len()).any(|at| is_declared(tokens, at)) {
            callers.names.remove("require");
        }
        for at in 0..tokens.len() {
            // `import { createRequire as make }`, `const { createRequire: make } = …`
            if let (
                Some(Token::Word(MAKER)),
                Some(Token::Word("as") | Token::Sign(':')),
                Some(Token::Word(name)),
            ) = (token(at), token(at + 1), token(at + 2))
            {
                callers.makers.insert(name);
            }
        }
        for (at, placed) in tokens.iter().enumerate() {
            let statement = tokens.get(at..).unwrap_or_default();
            let is_made = callers.made(statement).is_some_and(|end| !is_used(statement.get(end)));
            let is_require = placed.token == Token::Word("require")
                && callers.names.contains("require")
                && is_end(statement.get(1));
            if is_made || is_require {
                callers.names.extend(assigned(tokens, at));
            }
        }
        callers
    }

    pub(super) fn makes(&self, token: Token<'_>) -> bool {
        matches!(token, Token::Word(word) if self.makers.contains(word))
    }

    /// The module name in a call at the beginning of these tokens: `require("x")`,
    /// `createRequire(import.meta.url)("x")`.
    pub(super) fn called(&self, statement: &[Placed<'t>]) -> Option<&'t str> {
        let Token::Word(word) = statement.first()?.token else { return None };
        let open = if self.names.contains(word) { 1 } else { self.made(statement)? };
        let token = |ahead: usize| statement.get(open + ahead).map(|placed| placed.token);
        match (token(0)?, token(1)?, token(2)?) {
            (Token::Sign('('), Token::Text(name), Token::Sign(')')) => Some(name),
            _ => None,
        }
    }

    /// The end of a call that creates a `require` for this file; `None` if no such call begins here.
    fn made(&self, statement: &[Placed<'t>]) -> Option<usize> {
        if !self.makes(statement.first()?.token) {
            return None;
        }
        let token = |at: usize| statement.get(at).map(|placed| placed.token);
        // TypeScript compilers write `(0, module_1.createRequire)(__filename)`.
        let open = if token(1)? == Token::Sign(')') { 2 } else { 1 };
        if token(open)? != Token::Sign('(') {
            return None;
        }
        let word = |at: usize| match token(open + at) {
            Some(Token::Word(word)) => word,
            _ => "",
        };
        let length = match (word(1), word(3), word(5)) {
            ("__filename", ..) => 1,
            ("import", "meta", "url" | "filename") => 5,
            _ => return None,
        };
        let end = open + length + 1;
        (token(end)? == Token::Sign(')')).then_some(end + 1)
    }
}

/// Whether a file redefines `require` here: `function require(x) {}`, `var require = …`, `import require from`.
fn is_declared(tokens: &[Placed<'_>], at: usize) -> bool {
    let token = |at: Option<usize>| tokens.get(at?).map(|placed| placed.token);
    let is_name =
        tokens.get(at).is_some_and(|placed| placed.depth == 0 && placed.token == Token::Word("require"));
    let before = token(at.checked_sub(1));
    let declares = matches!(before, Some(Token::Word("var" | "let" | "const" | "function" | "import")));
    let assigns = token(Some(at + 1)) == Some(Token::Sign('='))
        && !matches!(token(Some(at + 2)), Some(Token::Sign('=' | '>')))
        && before != Some(Token::Sign('.'));
    is_name && (declares || assigns)
}

/// The name to which the value at this position is assigned.
fn assigned<'t>(tokens: &[Placed<'t>], value: usize) -> Option<&'t str> {
    let token = |at: Option<usize>| tokens.get(at?).map(|placed| placed.token);
    let before = |at: usize, count: usize| token(at.checked_sub(count));
    let mut at = value;
    while before(at, 1) == Some(Token::Sign('.')) && matches!(before(at, 2), Some(Token::Word(_))) {
        at -= 2;
    }
    if before(at, 1) == Some(Token::Sign(',')) && before(at, 3) == Some(Token::Sign('(')) {
        at -= 3;
    }
    match (before(at, 1), before(at, 2), before(at, 3)) {
        (_, _, Some(Token::Sign('.'))) => None,
        (Some(Token::Sign('=')), Some(Token::Word(name)), _) => Some(name),
        _ => None,
    }
}

fn is_used(next: Option<&Placed<'_>>) -> bool {
    matches!(next.map(|next| next.token), Some(Token::Sign('(' | '.' | '[')))
}

/// Whether a value ends before this token.
fn is_end(next: Option<&Placed<'_>>) -> bool {
    matches!(next.map(|next| next.token), None | Some(Token::Sign(';' | ',') | Token::Word(_)))
}
