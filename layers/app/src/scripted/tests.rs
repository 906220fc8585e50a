#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;

const READING: ScriptReading<'static> = ScriptReading { pre_post: true, values: &BTreeMap::new() };

fn files(text: &str) -> Option<Vec<String>> {
    Some(scripted_entry(&Manifest::parse(text, "a").unwrap(), READING)?.files)
}

#[test]
fn all_files_that_node_is_given_are_named() {
    let chain = r#"{"scripts": {"start": "node migrate.js && node --import ./instrument.mjs -r dotenv/config dist/main.js"}}"#;
    assert_eq!(files(chain).unwrap(), ["migrate.js", "instrument.mjs", "dist/main.js"]);
    let inline = r#"{"main": "./dist/main.js", "scripts": {"start": "node --import=./i.mjs dist/main.js --import ./x"}}"#;
    assert_eq!(files(inline).unwrap(), ["i.mjs", "dist/main.js"]);
    let loader = r#"{"scripts": {"start": "tsx src/main.ts"}}"#;
    let entry = scripted_entry(&Manifest::parse(loader, "a").unwrap(), READING).unwrap();
    assert_eq!((entry.files.len(), &*entry.entry.beside.words[0]), (0, "tsx"));
}

#[test]
fn nothing_is_told_where_more_than_the_script_decides() {
    for text in [
        r#"{"main": "lib/x.js", "scripts": {"start": "node dist/main.js"}}"#,
        r#"{"scripts": {"start": "node a.js", "start:prod": "node dist/main.js"}}"#,
        r#"{"scripts": {"build": "tsc"}}"#,
        "{}",
    ] {
        assert_eq!(files(text), None, "{text}");
    }
}
