//! Secrets of builds: values that some scripts get and nothing else may hold. In: names and values. Out: variables for a script, texts
//! in which they are masked, and where one is found that must not be there. Their values are in no key, no record and no message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use fourply_store::Secret;

/// What stands for a secret in a text.
const MASK: &str = "[secret]";
/// Shorter forms of a secret than this are looked for in no other writing than their own: they would be found everywhere.
const SHORTEST_FORM: usize = 8;

/// Named secrets.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// These values by their names. None of them may be empty.
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

    /// Those of these names.
    pub fn only(&self, names: &[String]) -> Secrets {
        let wanted = self.0.iter().filter(|(name, _)| names.contains(name));
        Secrets(wanted.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(name, value)| (name, value.reveal()))
    }
}

/// Looks for secrets in texts and files: as they are, as a string of JSON, percent-encoded, and in base64, also in the middle of something
/// that is encoded.
#[derive(Debug, Clone)]
pub struct SecretFinder {
    names: Vec<String>,
    /// Of each pattern: the name that it belongs to.
    owners: Vec<usize>,
    whole: Option<AhoCorasick>,
    /// Lines of secrets that have several, for logs.
    lines: Option<AhoCorasick>,
}

impl SecretFinder {
    pub fn new(secrets: &Secrets) -> SecretFinder {
        let (mut names, mut owners, mut patterns, mut lines) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, (name, value)) in secrets.variables().enumerate() {
            names.push(name.clone());
            let forms = forms(value);
            owners.extend(forms.iter().map(|_| number));
            patterns.extend(forms);
            // A frame such as `-----BEGIN PRIVATE KEY-----` is no secret.
            let parts =
                value.lines().filter(|line| line.len() >= SHORTEST_FORM && !line.starts_with("-----"));
            lines.extend(parts.map(str::to_owned));
        }
        lines.extend(patterns.iter().cloned());
        SecretFinder { names, owners, whole: automaton(&patterns), lines: automaton(&lines) }
    }

    /// The name of a secret whose value is in the bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.whole.as_ref()?.find(bytes)?;
        self.names.get(*self.owners.get(found.pattern().as_usize())?).map(String::as_str)
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

/// The longest match at a place wins, so that a secret that begins with another is masked as a whole.
fn automaton(patterns: &[String]) -> Option<AhoCorasick> {
    if patterns.is_empty() {
        return None;
    }
    let kind = aho_corasick::MatchKind::LeftmostLongest;
    AhoCorasick::builder().match_kind(kind).build(patterns).ok()
}

/// The ways in which tools write a value.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    let json = serde_json::Value::from(value).to_string();
    forms.push(json.trim_matches('"').to_owned());
    forms.push(percent(value));
    if value.len() >= SHORTEST_FORM {
        for offset in 0..3 {
            forms.extend([&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|engine| encoded(engine, value, offset)));
        }
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form == value || form.len() >= SHORTEST_FORM);
    forms
}

/// The characters of base64 that depend on the value alone, where it begins at this byte of three.
fn encoded(engine: &impl base64::Engine, value: &str, offset: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, offset).chain(value.bytes()).collect();
    let text = engine.encode(&bytes);
    let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    text.get(first..last).unwrap_or_default().to_owned()
}

/// As `encodeURIComponent` writes it.
fn percent(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests;
