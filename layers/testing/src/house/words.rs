//! Rules on words in product code.
//!
//! In: a parsed file. Out: [`Finding`]s: versions of pnpm outside of the rules, `Debug` texts in keys, and flags of the
//! program and `fourply.toml` in libraries.

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::sources::SourceFile;
use super::tokens::{Kind, Token, flatten};

/// One violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The rule's name, as the allow-list has it.
    pub(super) rule: &'static str,
    /// The file or folder.
    pub(super) subject: String,
    /// What was found, and in which line.
    pub(super) detail: String,
}

/// Programs whose own flags a library may name.
const PROGRAMS: [&str; 6] = ["pnpm", "npm", "git", "diff", "node", "$program"];

/// Names of pnpm's versions: they stand in the module of rules only.
pub(super) fn pnpm_versions(file: &SourceFile) -> Vec<Finding> {
    let is_rules =
        file.module.as_ref().is_some_and(|module| module.first().is_some_and(|first| first == "rules"));
    if is_rules {
        return Vec::new();
    }
    let tokens = flatten(file.syntax.to_token_stream());
    let members = tokens.windows(3).filter_map(|window| match window {
        [first, colons, last] if colons.kind == Kind::Colons => {
            is_version(first.ident()?, last.ident()?).then_some(last)
        }
        _ => None,
    });
    let sets = tokens.iter().filter(|token| token.ident().is_some_and(is_rule_set));
    let named = members.chain(sets);
    let finding =
        |token: &Token| finding("pnpm-version", file, token.line, token.ident().unwrap_or_default());
    named.map(finding).collect()
}

/// `V9` of an enum. That of `LockfileFormat` is a version of the lockfile, which has versions of its own.
fn is_version(first: &str, last: &str) -> bool {
    let number = last.strip_prefix('V').and_then(|number| number.parse::<u32>().ok());
    first != "LockfileFormat" && number.is_some_and(|number| number >= 9)
}

/// `PNPM_9`, a rule set by its version: product code asks the one that the workspace follows.
fn is_rule_set(word: &str) -> bool {
    word.strip_prefix("PNPM_")
        .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

/// Texts of `Debug` in functions that build keys: a renamed field would change the key.
pub(super) fn debug_in_keys(file: &SourceFile) -> Vec<Finding> {
    let mut functions = KeyFunctions(Vec::new());
    functions.visit_file(&file.syntax);
    let texts = functions.0.iter().filter_map(|token| match &token.kind {
        Kind::Text(text) if text.contains(":?}") || text.contains(":#?}") => Some((token.line, text)),
        _ => None,
    });
    let mut findings: Vec<Finding> =
        texts.map(|(line, text)| finding("debug-in-key", file, line, text)).collect();
    findings.dedup();
    findings
}

/// The tokens of all functions that build keys.
struct KeyFunctions(Vec<Token>);

impl KeyFunctions {
    fn add(&mut self, tokens: Vec<Token>) {
        let builds = |window: &[Token]| match window {
            [dot, name, open] if dot.is_mark('.') && open.is_mark('(') => {
                matches!(name.ident(), Some("field" | "number"))
            }
            _ => window.iter().any(|token| token.ident() == Some("KeyBuilder")),
        };
        if tokens.windows(3).any(builds) {
            self.0.extend(tokens);
        }
    }
}

impl<'ast> Visit<'ast> for KeyFunctions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(flatten(item.to_token_stream()));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(flatten(item.to_token_stream()));
        visit::visit_impl_item_fn(self, item);
    }
}

/// Flags and `fourply.toml` in texts: the program words its hints, libraries do not know it.
pub(super) fn program_words(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for token in flatten(file.syntax.to_token_stream()) {
        if let Kind::Text(text) = &token.kind {
            let words =
                flags(text).into_iter().chain(text.contains("fourply.toml").then_some("fourply.toml"));
            findings.extend(words.map(|word| finding("program-word", file, token.line, word)));
        }
    }
    findings
}

/// The flags in a text that are the program's: neither a whole argument for another program nor part of its command line.
fn flags(text: &str) -> Vec<&str> {
    let whole = text.starts_with("--") && !text.contains(char::is_whitespace);
    let starts = text.match_indices("--").map(|(start, _)| start).filter(|_| !whole);
    starts.filter_map(|start| flag_at(text, start)).collect()
}

fn flag_at(text: &str, start: usize) -> Option<&str> {
    let (before, rest) = (&text[..start], &text[start + 2..]);
    let length = rest.find(|next: char| !next.is_ascii_lowercase() && next != '-').unwrap_or(rest.len());
    let is_word = rest.starts_with(|first: char| first.is_ascii_lowercase()) && !before.ends_with('-');
    let command = before.rsplit(['`', '"', ';', ',', '\n', '(']).next().unwrap_or_default();
    let of_other = command.split_whitespace().any(|word| PROGRAMS.contains(&word));
    (is_word && !of_other).then(|| &text[start..start + 2 + length])
}

/// What was found in a line of a file.
pub(super) fn finding(rule: &'static str, file: &SourceFile, line: usize, what: &str) -> Finding {
    let what: String = what.chars().take(80).collect();
    Finding { rule, subject: file.path.clone(), detail: format!("line {line}: {what}") }
}
