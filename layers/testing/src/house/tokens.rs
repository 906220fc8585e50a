//! Tokens in a row, without the tree of groups.
//!
//! In: a token stream. Out: [`Token`]s with their lines; doc comments are left out, so that rules on strings see code only.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Ident(String),
    /// `::`
    Colons,
    /// Another punctuation mark, or a bracket.
    Mark(char),
    /// The content of a string literal.
    Text(String),
    /// Another literal.
    Literal,
}

/// One token and its line.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// From 1.
    pub(super) line: usize,
}

impl Token {
    /// Whether the token is this mark.
    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// The content, if it is a string literal.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name, if it is one.
    pub(super) fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }
}

/// All tokens of a stream.
pub(super) fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    add(stream, &mut tokens);
    tokens
}

fn add(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) if is_doc(&group) => drop(pop_hash(tokens)),
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                tokens.push(Token { kind: Kind::Mark(open), line });
                add(group.stream(), tokens);
                tokens.push(Token { kind: Kind::Mark(close), line: group.span_close().start().line });
            }
            TokenTree::Ident(ident) => tokens.push(Token { kind: Kind::Ident(ident.to_string()), line }),
            TokenTree::Punct(punct) => add_mark(punct.as_char(), line, tokens),
            TokenTree::Literal(literal) => tokens.push(Token { kind: text(&literal.to_string()), line }),
        }
    }
}

fn add_mark(mark: char, line: usize, tokens: &mut Vec<Token>) {
    match tokens.last_mut() {
        Some(last) if mark == ':' && last.is_mark(':') => last.kind = Kind::Colons,
        _ => tokens.push(Token { kind: Kind::Mark(mark), line }),
    }
}

/// `[doc = "…"]`, which stands for a doc comment.
fn is_doc(group: &proc_macro2::Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(ident)) if ident == "doc")
}

/// Takes the `#` or `#!` before an attribute away.
fn pop_hash(tokens: &mut Vec<Token>) -> Option<Token> {
    if tokens.last().is_some_and(|token| token.is_mark('!')) {
        tokens.pop();
    }
    if tokens.last().is_some_and(|token| token.is_mark('#')) { tokens.pop() } else { None }
}

fn brackets(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::None => (' ', ' '),
    }
}

fn text(literal: &str) -> Kind {
    match syn::parse_str::<syn::Lit>(literal) {
        Ok(syn::Lit::Str(text)) => Kind::Text(text.value()),
        Ok(syn::Lit::ByteStr(text)) => Kind::Text(String::from_utf8_lossy(&text.value()).into_owned()),
        _ => Kind::Literal,
    }
}
