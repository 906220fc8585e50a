//! Targets of pino's transports, which pino loads when a logger is created: `pino({ transport: { target: 'pino-pretty'
//! } })`. In: the text of a file. Out: package names. Targets under a condition, or under a name such as `development`,
//! are excluded.

use fourply_scripts::written::find;

use super::tokens::{Placed, Token, tokens};

/// Properties that lead to a target.
const OF_TRANSPORT: [&str; 4] = ["transport", "targets", "transports", "pipeline"];
/// Parts of names that indicate development.
const DEVELOPMENT: [&str; 5] = ["dev", "local", "test", "pretty", "debug"];

/// The targets in a text.
pub(super) fn targets(text: &[u8]) -> Vec<String> {
    if find(text, b"target").is_none() || find(text, b"transport").is_none() {
        return Vec::new();
    }
    let tokens = tokens(text).unwrap_or_default();
    let of = |(at, three): (usize, &[Placed<'_>])| match three {
        [
            Placed { token: Token::Word("target"), .. },
            Placed { token: Token::Sign(':'), .. },
            Placed { token: Token::Text(name), .. },
        ] => (is_package(name) && is_made(&tokens, at)).then(|| (*name).to_owned()),
        _ => None,
    };
    let mut found: Vec<String> = tokens.windows(3).enumerate().filter_map(of).collect();
    found.sort();
    found.dedup();
    found
}

/// Whether this is a package name; `pino/file` is pino's own.
fn is_package(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || "@/-_.".contains(c));
    letters && !name.is_empty() && !name.starts_with(['.', '/']) && !name.starts_with("pino/")
}

/// Whether the object around a property is always created, as a transport.
fn is_made(tokens: &[Placed<'_>], at: usize) -> bool {
    let token = |at: Option<usize>| tokens.get(at?).map(|placed| placed.token);
    let (mut at, mut transport) = (at, false);
    while let Some(depth) = tokens.get(at).map(|placed| placed.depth).filter(|depth| *depth > 0) {
        let before = tokens.get(..at).unwrap_or_default();
        let Some(open) = before.iter().rposition(|placed| placed.depth < depth) else { return false };
        let (one, two) = (token(open.checked_sub(1)), token(open.checked_sub(2)));
        match (token(Some(open)), one, two) {
            // A property: `transport: {`, `targets: [`.
            (
                Some(Token::Sign('{' | '[')),
                Some(Token::Sign(':')),
                Some(Token::Word(name) | Token::Text(name)),
            ) => {
                let key = token(open.checked_sub(3));
                if !matches!(key, Some(Token::Sign('{' | ','))) || is_development(name) {
                    return false;
                }
                transport |= OF_TRANSPORT.contains(&name);
                at = open.saturating_sub(2);
            }
            (Some(Token::Sign('{' | '[')), Some(Token::Sign('(' | '[' | ',')), _) => at = open,
            // A call: `pino({`, `pino.transport({`.
            (Some(Token::Sign('(')), Some(Token::Word(name)), _) => {
                transport |= name == "transport";
                at = open;
            }
            (Some(Token::Sign('(')), Some(Token::Sign(')')), _) => at = open,
            (Some(Token::Sign('{')), Some(Token::Sign('=')), _) => at = open,
            _ => return false,
        }
    }
    transport && is_unconditional(tokens, at)
}

/// Whether the object's top-level statement is unconditional up to it.
fn is_unconditional(tokens: &[Placed<'_>], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default().iter().rev();
    let own = before.take_while(|placed| {
        placed.depth > 0
            || !matches!(placed.token, Token::Sign(';' | '}') | Token::Word("const" | "let" | "var"))
    });
    own.take(200).all(|placed| match placed.token {
        Token::Sign(sign) => placed.depth > 0 || !"?&|>".contains(sign),
        Token::Word(word) => {
            !["if", "else", "function", "class", "async"].contains(&word) && !is_development(word)
        }
        _ => true,
    })
}

fn is_development(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DEVELOPMENT.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_that_are_made_in_any_case() {
        let of = |text: &str| targets(text.as_bytes()).join(" ");
        for text in [
            "const log = pino({ level: 'info', transport: { target: 'pino-pretty' } })",
            "const app = (0, fastify_1.default)({ logger: { transport: { target: 'pino-pretty', options: {} } } });",
            "export const logger = pino({ transport: { targets: [{ target: 'pino-pretty' }, { target: 'pino/file' }] } })",
            "const t = pino.transport({ target: 'pino-pretty' }); const log = pino(t)",
            "AppModule = __decorate([(0, c.Module)({ imports: [x.LoggerModule.forRoot({ pinoHttp: { transport: { target: 'pino-pretty' } } })] })], AppModule);",
        ] {
            assert_eq!(of(text), "pino-pretty", "{text}");
        }
        for text in [
            "const log = pino({ transport: dev ? { target: 'pino-pretty' } : undefined })",
            "const log = pino({ ...(dev && { transport: { target: 'pino-pretty' } }) })",
            "const log = dev ? pino({ transport: { target: 'pino-pretty' } }) : pino()",
            "if (dev) { log = pino({ transport: { target: 'pino-pretty' } }) }",
            "if (dev) log = pino({ transport: { target: 'pino-pretty' } })",
            "function f() { return pino({ transport: { target: 'pino-pretty' } }) }",
            "const f = () => pino({ transport: { target: 'pino-pretty' } })",
            "const env = { development: { transport: { target: 'pino-pretty' } }, production: true }",
            "const devLog = { transport: { target: 'pino-pretty' } }",
            "const proxy = { transport: 'x', target: 'http://x' }; f({ target: 'es2022' })",
            "const log = pino({ transport: { target: './x.js' } })",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}
