//! Keys and records, each declared once.
//!
//! In: the parsed files of all crates. Out: [`Finding`]s: two declarations of one name, kinds of records without exactly one declaration,
//! and keys that are built by hand. It sees invocations of `inputs!`, `record!` and `kinds!`, not what they mean.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::visit::Visit;

use super::sources::SourceFile;
use super::tokens::{Kind, Token, flatten};
use super::words::{Finding, finding};

/// The crate that defines how keys are built, and the byte format's own.
const BUILDS_KEYS: &str = "layers/blob/";

/// Where something is declared.
#[derive(Debug, Clone)]
struct Place {
    path: String,
    line: usize,
}

/// All declarations so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// By name: `inputs! { struct X: "name", … }`.
    inputs: BTreeMap<String, Vec<Place>>,
    /// By kind: `record! { struct X in Kind, … }`.
    records: BTreeMap<String, Vec<Place>>,
    /// The kinds that there are, each with its name: `kinds! { Kind = "name" }`.
    kinds: BTreeMap<String, (String, Place)>,
    by_hand: Vec<Finding>,
}

impl Keys {
    /// Takes the declarations of one file.
    pub(super) fn add(&mut self, file: &SourceFile) {
        Reader { keys: self, file }.visit_file(&file.syntax);
        let tokens = flatten(file.syntax.to_token_stream());
        let by_hand = tokens.windows(3).filter_map(|window| match window {
            [builder, colons, new]
                if builder.ident() == Some("KeyBuilder") && colons.kind == Kind::Colons =>
            {
                (new.ident() == Some("new")).then_some(builder.line)
            }
            _ => None,
        });
        if !file.path.starts_with(BUILDS_KEYS) {
            self.by_hand.extend(by_hand.map(|line| finding("key-by-hand", file, line, "KeyBuilder::new")));
        }
    }

    /// What is wrong, once all files were taken.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut names = self.inputs.clone();
        for (name, place) in self.kinds.values() {
            names.entry(name.clone()).or_default().push(place.clone());
        }
        let names = names.iter().flat_map(|(name, places)| repeated("key-name", name, places));
        let records = self.records.iter().flat_map(|(kind, places)| repeated("record-kind", kind, places));
        let unused = self.kinds.iter().filter(|(kind, _)| !self.records.contains_key(*kind));
        let unused =
            unused.map(|(kind, (_, place))| at("record-kind", place, &format!("no record! has {kind}")));
        names.chain(records).chain(unused).chain(self.by_hand.iter().cloned()).collect()
    }
}

/// All places but the first.
fn repeated(rule: &'static str, name: &str, places: &[Place]) -> Vec<Finding> {
    let Some((first, others)) = places.split_first() else { return Vec::new() };
    let what = format!("{name}, as in {}", first.path);
    others.iter().map(|place| at(rule, place, &what)).collect()
}

fn at(rule: &'static str, place: &Place, what: &str) -> Finding {
    Finding { rule, subject: place.path.clone(), detail: format!("line {}: {what}", place.line) }
}

struct Reader<'k> {
    keys: &'k mut Keys,
    file: &'k SourceFile,
}

impl Reader<'_> {
    fn place(&self, token: &Token) -> Place {
        Place { path: self.file.path.clone(), line: token.line }
    }

    fn add_inputs(&mut self, tokens: &[Token]) {
        if let Some((token, name)) = declared(tokens).find_map(|token| Some((token, token.text()?))) {
            let place = self.place(token);
            self.keys.inputs.entry(name.to_owned()).or_default().push(place);
        }
    }

    fn add_record(&mut self, tokens: &[Token]) {
        let kind = declared(tokens).skip_while(|token| token.ident() != Some("in")).nth(1);
        if let Some((token, kind)) = kind.and_then(|token| Some((token, token.ident()?))) {
            let place = self.place(token);
            self.keys.records.entry(kind.to_owned()).or_default().push(place);
        }
    }

    fn add_kinds(&mut self, tokens: &[Token]) {
        for window in tokens.windows(3) {
            if let [kind, equals, Token { kind: Kind::Text(name), .. }] = window
                && equals.is_mark('=')
                && let Some(word) = kind.ident()
            {
                self.keys.kinds.insert(word.to_owned(), (name.clone(), self.place(kind)));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        let tokens = flatten(invoked.tokens.clone());
        let Some(name) = invoked.path.segments.last().map(|segment| segment.ident.to_string()) else {
            return;
        };
        match name.as_str() {
            "kinds" => self.add_kinds(&tokens),
            "inputs" => self.add_inputs(&tokens),
            "record" => self.add_record(&tokens),
            _ => {}
        }
    }
}

/// What stands between `struct` and the fields.
fn declared(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let start = tokens.iter().skip_while(|token| token.ident() != Some("struct"));
    start.take_while(|token| !token.is_mark('{'))
}
