//! Secrets of builds: values that only some scripts get, and that must not occur anywhere else. In: names and values.
//! Out: variables for a script, masked texts, and the secrets found where they must not be. Values are in no key, no
//! record and no message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use fourply_store::Secret;

use crate::secret_forms::{SHORTEST_FORM, forms, wide_forms};
use crate::written::find;

/// The replacement for a secret in a text.
const MASK: &str = "[secret]";

/// Named secrets.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Secrets by name. Values must not be empty.
    pub fn new(secrets: BTreeMap<String, Secret>) -> Secrets {
        Secrets(secrets)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The secrets with these names.
    pub fn only(&self, names: &[String]) -> Secrets {
        let wanted = self.0.iter().filter(|(name, _)| names.contains(name));
        Secrets(wanted.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(name, value)| (name, value.reveal()))
    }
}

/// Searches texts and files for secrets, in the forms of `secret_forms`; multi-line secrets also with other
/// line ends and indented.
#[derive(Debug, Clone)]
pub struct SecretFinder {
    names: Vec<String>,
    blocks: Vec<Block>,
    /// For each pattern: the name of its secret.
    owners: Vec<usize>,
    whole: Option<AhoCorasick>,
    /// Lines of multi-line secrets, for logs.
    lines: Option<AhoCorasick>,
}

/// A multi-line secret, with each line trimmed.
#[derive(Debug, Clone)]
struct Block {
    owner: usize,
    /// Its longest line: a text without it needs no further search.
    longest: String,
    text: String,
}

impl Block {
    fn of(owner: usize, value: &str) -> Option<Block> {
        let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let longest = (*lines.iter().max_by_key(|line| line.len())?).to_owned();
        (lines.len() > 1 && longest.len() >= SHORTEST_FORM).then(|| Block {
            owner,
            longest,
            text: lines.join("\n"),
        })
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        if find(bytes, self.longest.as_bytes()).is_none() {
            return false;
        }
        let lines =
            bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join(&b'\n');
        find(&text, self.text.as_bytes()).is_some()
    }
}

impl SecretFinder {
    pub fn new(secrets: &Secrets) -> SecretFinder {
        let (mut names, mut owners, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut patterns, mut lines): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        for (number, (name, value)) in secrets.variables().enumerate() {
            names.push(name.clone());
            blocks.extend(Block::of(number, value));
            let (texts, wide) = (forms(value), wide_forms(value));
            owners.extend(texts.iter().map(|_| number).chain(wide.iter().map(|_| number)));
            lines.extend(texts.iter().map(|form| form.clone().into_bytes()));
            patterns.extend(texts.into_iter().map(String::into_bytes).chain(wide));
            // A frame such as `-----BEGIN PRIVATE KEY-----` is not secret.
            let parts =
                value.lines().filter(|line| line.len() >= SHORTEST_FORM && !line.starts_with("-----"));
            lines.extend(parts.map(|line| line.as_bytes().to_vec()));
        }
        SecretFinder { names, blocks, owners, whole: automaton(&patterns), lines: automaton(&lines) }
    }

    /// The name of a secret whose value occurs in the bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.whole.as_ref()?.find(bytes);
        let owner = found.and_then(|found| self.owners.get(found.pattern().as_usize()).copied());
        let of_block = || Some(self.blocks.iter().find(|block| block.is_in(bytes))?.owner);
        self.names.get(owner.or_else(of_block)?).map(String::as_str)
    }

    /// The text without secrets.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.lines {
            Some(lines) if lines.is_match(text) => {
                let mut out = String::with_capacity(text.len());
                let mut at = 0;
                for found in lines.find_iter(text) {
                    out.push_str(text.get(at..found.start()).unwrap_or_default());
                    out.push_str(MASK);
                    at = found.end();
                }
                out.push_str(text.get(at..).unwrap_or_default());
                Cow::Owned(out)
            }
            _ => Cow::Borrowed(text),
        }
    }
}

/// The longest match at a position wins, so that a secret that starts with another is masked as a whole.
fn automaton(patterns: &[Vec<u8>]) -> Option<AhoCorasick> {
    if patterns.is_empty() {
        return None;
    }
    let kind = aho_corasick::MatchKind::LeftmostLongest;
    AhoCorasick::builder().match_kind(kind).build(patterns).ok()
}

#[cfg(test)]
mod tests;
