//! TypeScript that is more than types, which Node.js does not run if it only strips types. In: the text of a file. Out:
//! the first such construct.
//!
//! Source: Node.js documentation, "Modules: TypeScript", "TypeScript features". Namespaces are not reported: those with
//! only types are allowed.

use super::tokens::{Placed, Token, tokens};
use crate::finding::ResolveFault;

/// Modifiers that make a constructor's parameter a property.
const OF_PROPERTY: [&str; 4] = ["private", "public", "protected", "readonly"];

/// The first such construct in a text.
pub(super) fn beyond_types(text: &[u8]) -> Option<ResolveFault> {
    let tokens = tokens(text)?;
    let found = (0..tokens.len()).find_map(|at| at_token(&tokens, at))?;
    Some(ResolveFault::Syntax { what: found.0.to_owned(), transformed: found.1 })
}

/// The construct at a token, and whether Node.js can transform it.
fn at_token(tokens: &[Placed<'_>], at: usize) -> Option<(&'static str, bool)> {
    let token = |at: usize| tokens.get(at).map(|placed| placed.token);
    let before = at.checked_sub(1).and_then(token);
    match (token(at)?, token(at + 1)?, token(at + 2)?) {
        (Token::Word("enum"), Token::Word(_), Token::Sign('{')) if !is_declared(tokens, at) => {
            Some(("an enum", true))
        }
        (Token::Word("constructor"), Token::Sign('('), _) if before != Some(Token::Sign('.')) => {
            has_property(tokens, at + 1).then_some(("a constructor whose parameter is a property", true))
        }
        // A private name (`#x`) is a word, and no operator has this character.
        (Token::Sign('@'), Token::Word(_), _) => Some(("a decorator", false)),
        _ => None,
    }
}

/// Whether `declare` precedes an enum, which is then a type.
fn is_declared(tokens: &[Placed<'_>], at: usize) -> bool {
    let before =
        |count: usize| at.checked_sub(count).and_then(|at| tokens.get(at)).map(|placed| placed.token);
    let declare = Some(Token::Word("declare"));
    before(1) == declare
        || (before(1) == Some(Token::Word("const")) && before(2) == declare)
        || before(1) == Some(Token::Sign('.'))
}

/// Whether a parameter in these parentheses has a modifier.
fn has_property(tokens: &[Placed<'_>], open: usize) -> bool {
    let Some(depth) = tokens.get(open).map(|placed| placed.depth) else { return false };
    let inside = tokens.iter().enumerate().skip(open + 1).take_while(|(_, placed)| placed.depth > depth);
    inside.into_iter().any(|(at, placed)| {
        let starts = matches!(
            tokens.get(at - 1).map(|before| before.token),
            Some(Token::Sign('(' | ',') | Token::Word(_))
        );
        let named = matches!(tokens.get(at + 1).map(|next| next.token), Some(Token::Word(_)));
        matches!(placed.token, Token::Word(word) if placed.depth == depth + 1 && OF_PROPERTY.contains(&word) && starts && named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_node_cannot_take_out_is_found() {
        let of = |text: &str| match beyond_types(text.as_bytes()) {
            Some(ResolveFault::Syntax { what, .. }) => what,
            _ => String::new(),
        };
        for text in ["enum E { A }", "export enum E {}", "export const enum E { A = 1 }"] {
            assert_eq!(of(text), "an enum", "{text}");
        }
        for text in [
            "class A { constructor(private readonly a: B) {} }",
            "class A { constructor(a: X<{ b: 1 }>, public c = 1) {} }",
        ] {
            assert_eq!(of(text), "a constructor whose parameter is a property", "{text}");
        }
        assert_eq!(of("@Injectable() export class A {}"), "a decorator");
        for text in [
            "declare enum E { A }",
            "declare const enum E { A }",
            "const o = { enum: 1 }; x.enum; // enum E {",
            "class A { private a = 1; constructor(a: number) {} }",
            "a.constructor(b, readonly)",
            "const s = 'enum E {'; /@a/.test(s); const t = `@b`",
            "type A = { readonly b: string }; interface C { constructor(a: string): void }",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}
