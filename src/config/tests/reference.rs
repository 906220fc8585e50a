//! docs/configuration.md beside the keys that the parser knows: serde names them all where it refuses an unknown one.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;

const PAGE: &str = include_str!("../../../docs/configuration.md");
const UNKNOWN: &str = "no-such-key";

/// The heading of each table on the page, and a file that has an unknown key there.
const TABLES: [(&str, &str); 15] = [
    ("[attest]", "[attest]\nno-such-key = 1"),
    ("[base]", "[base]\nno-such-key = 1"),
    ("[base.alpine]", "[base.alpine]\nno-such-key = 1"),
    ("[base.debian]", "[base.debian]\nno-such-key = 1"),
    ("[base.rootfs]", "[base.rootfs]\nno-such-key = 1"),
    ("[[base.folders]]", "[[base.folders]]\nno-such-key = 1"),
    ("[build]", "[build]\nno-such-key = 1"),
    ("[packages]", "[packages]\nno-such-key = 1"),
    ("[store]", "[store]\nno-such-key = 1"),
    ("[image]", "[image]\nno-such-key = 1"),
    ("[image.health]", "[image.health]\nno-such-key = 1"),
    ("[services.NAME]", "[services.a]\nno-such-key = 1"),
    ("[workspace]", "[workspace]\nno-such-key = 1"),
    ("[prune]", "[prune]\nno-such-key = 1"),
    ("[registry]", "[registry]\nno-such-key = 1"),
];

/// The keys that the parser takes in the place of the unknown one.
fn known(file: &str) -> BTreeSet<String> {
    let error = Config::parse(file).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    let (_, list) = text.split_once(&format!("unknown field `{UNKNOWN}`, expected ")).unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The first cell of each row, by the heading above it.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let mut tables = BTreeMap::<String, BTreeSet<String>>::new();
    let mut heading = String::new();
    for line in PAGE.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches(['#', ' ']).trim_matches('`').to_owned();
        } else if let Some((key, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')) {
            assert!(
                tables.entry(heading.clone()).or_default().insert(key.to_owned()),
                "twice: {heading} {key}"
            );
        }
    }
    tables
}

#[test]
fn the_reference_has_every_key_and_no_other() {
    let documented = documented();
    let headings = TABLES.map(|(heading, _)| heading.to_owned());
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), headings.into());
    for (heading, file) in TABLES {
        let rows = &documented[heading];
        if heading == "[services.NAME]" {
            let shared = &known("[image]\nno-such-key = 1") & &known(file);
            assert_eq!(rows, &(&known(file) - &shared), "{heading}");
        } else {
            assert_eq!(rows, &known(file), "{heading}");
        }
    }
    let known = known("no-such-key = 1");
    let named = |key: &String| documented.keys().any(|heading| heading.starts_with(&format!("[{key}")));
    assert!(known.iter().all(named), "{known:?}");
}

#[test]
fn what_the_reference_shows_as_a_file_is_one() {
    let blocks: Vec<&str> =
        PAGE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        Config::parse(block).unwrap();
    }
}

/// What a table needs besides the key of a row.
fn companion(heading: &str, key: &str) -> &'static str {
    match (heading, key) {
        ("[base.rootfs]", "file") => "sha256 = \"0\"\n",
        ("[base.rootfs]", _) => "file = \"a\"\n",
        ("[[base.folders]]", "owner" | "mode") => "path = \"/a\"\n",
        _ => "",
    }
}

#[test]
fn the_examples_of_the_reference_are_values_of_their_keys() {
    let (mut heading, mut count) = ("", 0);
    for line in PAGE.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches(['#', ' ']).trim_matches('`');
        } else if let Some((key, cells)) = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')) {
            let (_, examples) = cells.trim_end_matches(" |").rsplit_once(" | ").unwrap();
            for example in examples.split('`').skip(1).step_by(2) {
                let table = heading.replace("NAME", "a");
                let file = format!("{table}\n{}{key} = {example}\n", companion(heading, key));
                assert!(Config::parse(&file).is_ok(), "{file}{:?}", Config::parse(&file));
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}
