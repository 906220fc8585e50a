//! Modules that are loaded inside functions: `import('x')` and `require('x')`. In: a file's text. Out: names. Calls in
//! a `try`, or near words about development or tests, are excluded: such modules may be absent.

use super::callers::Callers;
use super::tokens::{Placed, Token, tokens};

/// Parts of words in conditions that are false in production.
const CONDITIONS: [&str; 8] = ["dev", "prod", "test", "debug", "node_env", "watch", "hmr", "mock"];
/// Prefixes of tools that programs load during development.
const TOOLS: [&str; 14] = [
    "vite",
    "@vite",
    "webpack",
    "esbuild",
    "ts-node",
    "tsx",
    "typescript",
    "nodemon",
    "pino-pretty",
    "jest",
    "prettier",
    "eslint",
    "chokidar",
    "@babel/",
];
/// How many tokens before and after a name are checked.
const BESIDE: usize = 60;

/// The names, each once.
pub(super) fn loaded_later(text: &[u8]) -> Vec<String> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let callers = Callers::of(&tokens);
    let mut blocks = Blocks::default();
    let mut found: Vec<String> = Vec::new();
    for (at, placed) in tokens.iter().enumerate() {
        blocks.step(&tokens, at);
        if blocks.is_spared() || !matches!(placed.token, Token::Word(_)) {
            continue;
        }
        let name =
            name(&tokens, at, &callers).filter(|name| !TOOLS.iter().any(|tool| name.starts_with(tool)));
        let later = || blocks.in_function() || has_arrow(before(&tokens, at));
        let name =
            name.filter(|_| later() && !is_conditional(before(&tokens, at)) && !is_caught(&tokens, at));
        found.extend(name.map(str::to_owned).filter(|name| !found.contains(name)));
    }
    found
}

/// The package name that is loaded at a position.
fn name<'t>(tokens: &[Placed<'t>], at: usize, callers: &Callers<'t>) -> Option<&'t str> {
    let token = |ahead: usize| tokens.get(at + ahead).map(|placed| placed.token);
    let of_object =
        at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|it| it.token == Token::Sign('.'));
    let name = match (token(0)?, token(1), token(2)) {
        _ if of_object => None,
        (Token::Word("import"), Some(Token::Sign('(')), Some(Token::Text(name))) => Some(name),
        (Token::Word("import" | "from"), ..) => None,
        _ => callers.called(tokens.get(at..)?),
    };
    name.filter(|name| !name.is_empty() && !name.starts_with(['.', '/', '#']) && !name.contains(':'))
}

/// The tokens of a statement up to a position, as far as known.
fn before<'a, 't>(tokens: &'a [Placed<'t>], at: usize) -> &'a [Placed<'t>] {
    let first = at.saturating_sub(BESIDE);
    let ends = |placed: &Placed<'_>| matches!(placed.token, Token::Sign(';' | '{' | '}'));
    let part = tokens.get(first..at).unwrap_or_default();
    let begin = part.iter().rposition(ends).map_or(0, |end| end + 1);
    part.get(begin..).unwrap_or_default()
}

/// Whether an arrow function without a block begins in these tokens.
fn has_arrow(tokens: &[Placed<'_>]) -> bool {
    tokens.windows(2).any(
        |pair| matches!(pair, [one, two] if one.token == Token::Sign('=') && two.token == Token::Sign('>')),
    )
}

fn is_conditional(tokens: &[Placed<'_>]) -> bool {
    tokens.iter().any(|placed| match placed.token {
        Token::Word(word) | Token::Text(word) => {
            let word = word.to_lowercase();
            CONDITIONS.iter().any(|part| word.contains(part))
        }
        _ => false,
    })
}

/// Whether the statement continues with a handler that may catch the error.
fn is_caught(tokens: &[Placed<'_>], at: usize) -> bool {
    let behind = tokens.iter().skip(at).take(BESIDE);
    let mut statement = behind.take_while(|placed| placed.token != Token::Sign(';'));
    statement.any(|placed| matches!(placed.token, Token::Word("catch" | "then")))
}

/// The blocks around a position.
#[derive(Default)]
struct Blocks {
    /// For each block: whether modules in it may be absent; whether it is in a function.
    open: Vec<(bool, bool)>,
    /// Whether the last closed block was one in which modules may be absent.
    closed: bool,
}

impl Blocks {
    fn step(&mut self, tokens: &[Placed<'_>], at: usize) {
        let head = || before(tokens, at);
        match tokens.get(at).map(|placed| placed.token) {
            Some(Token::Sign('{')) => {
                let (head, has) =
                    (head(), |word| head().iter().any(|placed| placed.token == Token::Word(word)));
                let other = (has("else") || has("catch") || has("finally")) && self.closed;
                let spared = self.is_spared() || has("try") || has("catch") || other || is_conditional(head);
                self.open.push((spared, self.in_function() || is_function(head)));
            }
            Some(Token::Sign('}')) => self.closed = self.open.pop().is_some_and(|(spared, _)| spared),
            // The following code may be unreachable after a `return`.
            Some(Token::Word("if")) if self.in_function() && self.condition(tokens, at) => {
                self.open.last_mut().into_iter().for_each(|block| block.0 = true);
            }
            _ => {}
        }
    }

    fn condition(&self, tokens: &[Placed<'_>], at: usize) -> bool {
        let depth = tokens.get(at).map_or(0, |placed| placed.depth);
        let behind = tokens.get(at + 2..).unwrap_or_default();
        let end = behind.iter().position(|placed| placed.depth <= depth).unwrap_or(0);
        is_conditional(behind.get(..end).unwrap_or_default())
    }

    fn is_spared(&self) -> bool {
        self.open.last().is_some_and(|block| block.0)
    }

    fn in_function(&self) -> bool {
        self.open.last().is_some_and(|block| block.1)
    }
}

/// Whether a block after these tokens is a function body: after an arrow, or after parentheses that are not a
/// statement's head.
fn is_function(head: &[Placed<'_>]) -> bool {
    const HEADS: [&str; 6] = ["if", "for", "while", "switch", "catch", "with"];
    let of_statement =
        head.first().is_some_and(|placed| matches!(placed.token, Token::Word(word) if HEADS.contains(&word)));
    !of_statement && matches!(head.last().map(|placed| placed.token), Some(Token::Sign(')' | '>')))
}

#[cfg(test)]
mod tests;
