#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// What a `$ref` leads to.
fn resolved<'s>(whole: &'s Value, mut part: &'s Value) -> &'s Value {
    while let Some(to) = part["$ref"].as_str() {
        part = whole.pointer(to.trim_start_matches('#')).unwrap();
    }
    part
}

/// Whether a value fits, by the words that this schema uses: an unknown one fails.
fn fits(whole: &Value, schema: &Value, value: &toml::Value) -> bool {
    const TOLD: [&str; 10] = [
        "description",
        "title",
        "$schema",
        "$defs",
        "default",
        "format",
        "additionalProperties",
        "properties",
        "required",
        "items",
    ];
    let schema = resolved(whole, schema);
    let Some(words) = schema.as_object() else { return schema.as_bool().unwrap() };
    words.iter().all(|(word, say)| match (word.as_str(), value) {
        ("properties", toml::Value::Table(table)) => {
            let extra = words.get("additionalProperties");
            table.iter().all(|(key, value)| match (say.get(key), extra) {
                (Some(of_key), _) => fits(whole, of_key, value),
                (None, Some(extra)) => fits(whole, extra, value),
                (None, None) => true,
            })
        }
        ("additionalProperties", toml::Value::Table(table)) if !words.contains_key("properties") => {
            table.values().all(|value| fits(whole, say, value))
        }
        ("items", toml::Value::Array(values)) => values.iter().all(|value| fits(whole, say, value)),
        ("required", toml::Value::Table(table)) => {
            say.as_array().unwrap().iter().all(|key| table.contains_key(key.as_str().unwrap()))
        }
        ("not", value) => !fits(whole, say, value),
        ("anyOf", value) => say.as_array().unwrap().iter().any(|one| fits(whole, one, value)),
        ("oneOf", value) => say.as_array().unwrap().iter().filter(|one| fits(whole, one, value)).count() == 1,
        ("type", value) => {
            let name = match value {
                toml::Value::String(_) => "string",
                toml::Value::Integer(_) => "integer",
                toml::Value::Float(_) => "number",
                toml::Value::Boolean(_) => "boolean",
                toml::Value::Array(_) => "array",
                toml::Value::Table(_) => "object",
                toml::Value::Datetime(_) => "",
            };
            say == name || say.as_array().is_some_and(|names| names.iter().any(|one| one == name))
        }
        ("const", value) => serde_json::to_value(value).unwrap() == *say,
        ("enum", value) => say.as_array().unwrap().contains(&serde_json::to_value(value).unwrap()),
        ("minimum", toml::Value::Integer(number)) => *number as f64 >= say.as_f64().unwrap(),
        ("maximum", toml::Value::Integer(number)) => *number as f64 <= say.as_f64().unwrap(),
        ("minItems", toml::Value::Array(values)) => values.len() as u64 >= say.as_u64().unwrap(),
        ("maxItems", toml::Value::Array(values)) => values.len() as u64 <= say.as_u64().unwrap(),
        ("pattern", toml::Value::String(text)) => match say.as_str().unwrap() {
            "^/" => text.starts_with('/'),
            "^[0-9]" => text.starts_with(|first: char| first.is_ascii_digit()),
            other => panic!("{other}"),
        },
        ("minimum" | "maximum" | "minItems" | "maxItems" | "pattern", _) => true,
        (word, _) => TOLD.contains(&word) || panic!("the test does not know {word}"),
    })
}

fn valid(text: &str) -> bool {
    let schema = schema();
    fits(&schema, &schema, &toml::Value::Table(text.parse().unwrap()))
}

/// Every fourply.toml of examples and benches, and every block of TOML in README and docs that is one.
#[test]
fn what_is_a_configuration_fits_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<(String, String)> = Vec::new();
    for folder in std::fs::read_dir(root.join("examples")).unwrap() {
        let path = folder.unwrap().path().join("fourply.toml");
        texts.extend(std::fs::read_to_string(&path).ok().map(|text| (path.display().to_string(), text)));
    }
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in docs.chain([root.join("README.md")]) {
        let text = std::fs::read_to_string(&page).unwrap();
        let blocks =
            text.split("```toml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned()));
        texts.extend(blocks.map(|block| (page.display().to_string(), block)));
    }
    let read = texts.iter().filter(|(_, text)| Config::parse(text).is_ok());
    let wrong: Vec<&str> =
        read.clone().filter(|(_, text)| !valid(text)).map(|(name, _)| name.as_str()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(read.count() > 20);
}

#[test]
fn what_is_none_does_not_fit() {
    for text in [
        "[bas]\n",
        "[base]\nimag = \"x\"\n",
        "[image]\nport = true\n",
        "[image]\nport = 70000\n",
        "[image]\nhealth = true\n",
        "[image]\nhealth = { paths = [\"/a\"], command = [\"b\"] }\n",
        "[image]\nlayers = 0\n",
        "[build]\nscript = 1\n",
        "[services.a]\nbuilds = {}\n",
        "[services.a.build]\nscripts = \"x\"\n",
    ] {
        assert!(Config::parse(text).is_err(), "{text}");
        assert!(!valid(text), "{text}");
    }
}

/// The keys that the words of an error list are those that the reader knows.
#[test]
fn every_key_of_every_table_is_in_the_schema() {
    let schema = schema();
    for table in ["base", "build", "packages", "store", "image", "registry", "workspace", "prune"] {
        let error = Config::parse(&format!("[{table}]\nno-such-key = 1\n")).unwrap_err();
        let text = format!("{error:?}");
        let known: BTreeSet<&str> = resolved(&schema, &schema["properties"][table])["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected = text.split_once("expected").map(|(_, rest)| rest).unwrap_or_default();
        let listed: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert!(!known.is_empty() && listed.is_subset(&known), "{table}: {listed:?} {known:?}");
    }
}
