//! Names that a file surely uses as values, so that no TypeScript compiler removes their imports. In: tokens. Out:
//! names. A position where the name may be a type, a method or a parameter does not count.

use std::collections::BTreeSet;

use super::tokens::{Placed, Token};

/// Words after which a call is an expression.
const BEFORE_CALL: [&str; 5] = ["await", "return", "yield", "new", "throw"];

/// The names in a file.
pub(super) fn values<'t>(tokens: &[Placed<'t>]) -> BTreeSet<&'t str> {
    let token = |at: Option<usize>| tokens.get(at?).map(|placed| placed.token);
    let of = |(at, placed): (usize, &Placed<'t>)| {
        let Token::Word(name) = placed.token else { return None };
        let (one, two) = (token(at.checked_sub(1)), token(at.checked_sub(2)));
        let next = |ahead: usize| token(Some(at + ahead));
        let called = next(1) == Some(Token::Sign('('));
        // `x.y(`: no type has this form.
        let method = (next(1), next(3)) == (Some(Token::Sign('.')), Some(Token::Sign('(')));
        let is_value = match one {
            Some(Token::Sign('.')) => false,
            _ if method => true,
            Some(Token::Sign('=')) => called,
            Some(Token::Sign('@')) => true,
            Some(Token::Word("extends")) => token(at.checked_sub(3)) == Some(Token::Word("class")),
            Some(Token::Word(word)) if BEFORE_CALL.contains(&word) => called,
            Some(Token::Sign('(')) if called => true,
            // `a.b(x)` declares nothing.
            Some(Token::Sign('(')) => {
                matches!(two, Some(Token::Word(_)))
                    && token(at.checked_sub(3)) == Some(Token::Sign('.'))
                    && matches!(next(1), Some(Token::Sign(')' | ',')))
            }
            None | Some(Token::Sign(';' | '}' | ')')) => placed.depth == 0 && called,
            _ => false,
        };
        is_value.then_some(name)
    };
    tokens.iter().enumerate().filter_map(of).collect()
}

/// The names in an import statement: `a` and `d` in `import a, { type B, c as d } from 'x'`.
pub(super) fn imported<'t>(statement: &[Placed<'t>]) -> Vec<&'t str> {
    let end = statement.iter().skip(1).position(|placed| placed.token == Token::Word("from"));
    let names = statement.get(1..end.map_or(0, |end| end + 1)).unwrap_or_default();
    let token = |at: Option<usize>| names.get(at?).map(|placed| placed.token);
    let of = |(at, placed): (usize, &Placed<'t>)| {
        let Token::Word(name) = placed.token else { return None };
        let is_local = !["as", "type"].contains(&name) && token(Some(at + 1)) != Some(Token::Word("as"));
        let is_type = token(at.checked_sub(1)) == Some(Token::Word("type"))
            || token(at.checked_sub(3)) == Some(Token::Word("type"));
        (is_local && !is_type).then_some(name)
    };
    names.iter().enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn values_are_told_from_types_and_methods() {
        let has = |text: &str| values(&tokens(text.as_bytes()).unwrap_or_default()).contains("x");
        for text in [
            "const a = x()",
            "new x()",
            "await x(1)",
            "console.log(x)",
            "app.use('/', (x()))",
            "x.listen(1)",
            "class A extends x {}",
            "@x() class A {}",
            "f()\nx()",
            "return x(a)",
        ] {
            assert!(has(text), "{text}");
        }
        for text in [
            "let a: x = 1",
            "interface A { x(): void; b: x }",
            "class A { x() {} }",
            "function f(x) {}",
            "type A = x.B",
            "const f = (x: y) => 1",
            "a.x()",
            "let a = b as x",
        ] {
            assert!(!has(text), "{text}");
        }
        let names = tokens(b"import a, { type B, c as d, e } from 'x'; f").unwrap_or_default();
        assert_eq!(imported(&names), ["a", "d", "e"]);
    }
}
