//! The `key = value` lines of an .npmrc that matter for the layout. Text in, camel-case keys and values out.
//!
//! Source: npm's `ini` format: `;` and `#` start comments, `key[] = x` collects a list, quotes are removed, `\;` is a
//! `;`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Reads the text. A `${NAME}` that is not set stays unchanged.
pub(super) fn parse(text: &str, environment: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut values = Map::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#', '[']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let value = expand(&unquote(value.trim()), environment);
        match key.trim().strip_suffix("[]") {
            Some(key) => push(&mut values, camel_case(key.trim()), value),
            None => drop(values.insert(camel_case(key.trim()), Value::String(value))),
        }
    }
    values
}

fn push(values: &mut Map<String, Value>, key: String, value: String) {
    let entry = values.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    match entry {
        Value::Array(list) => list.push(Value::String(value)),
        other => *other = Value::Array(vec![other.take(), Value::String(value)]),
    }
}

/// `hoist-pattern` and `hoist_pattern` are `hoistPattern`.
pub(super) fn camel_case(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    let mut upper = false;
    for letter in key.chars() {
        match letter {
            '-' | '_' if !text.is_empty() => upper = true,
            letter if upper => {
                text.extend(letter.to_uppercase());
                upper = false;
            }
            letter => text.push(letter),
        }
    }
    text
}

fn unquote(value: &str) -> String {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        if let Some((inner, _)) = inner {
            return inner.to_owned();
        }
    }
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next @ (';' | '#' | '\\')) => text.push(next),
                Some(next) => text.extend(['\\', next]),
                None => text.push('\\'),
            },
            ';' | '#' => break,
            letter => text.push(letter),
        }
    }
    text.trim().to_owned()
}

fn expand(value: &str, environment: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        match environment.get(name) {
            Some(value) => text.push_str(value),
            None => text.extend(["${", name, "}"]),
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}
