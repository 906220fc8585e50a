//! docs/troubleshooting.md beside the sources: a heading quotes an error, and the sources still have these words.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use fourply_testing::house::workspace_root;

/// Adds the texts of product sources below a folder, with continued lines joined.
fn add_sources(folder: &Path, texts: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" && name != "testing" {
            add_sources(&path, texts);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = fs::read_to_string(&path).unwrap();
            let mut parts = text.split("\\\n");
            texts.push_str(parts.next().unwrap());
            parts.for_each(|part| texts.push_str(part.trim_start()));
        }
    }
}

#[test]
fn the_errors_that_headings_quote_are_in_the_sources() {
    let root = workspace_root();
    let mut sources = String::new();
    add_sources(&root.join("src"), &mut sources);
    add_sources(&root.join("layers"), &mut sources);
    let page = fs::read_to_string(root.join("docs/troubleshooting.md")).unwrap();
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("### ")).collect();
    let quotes = headings.iter().flat_map(|heading| heading.split('`').skip(1).step_by(2));
    let words: Vec<&str> = quotes.flat_map(|quote| quote.split('…')).map(str::trim).collect();
    assert!(headings.len() >= 15 && words.len() >= headings.len() - 1, "{headings:?}");
    // Words of a library of the parser's; fourply has no text of them.
    let own = words.iter().filter(|words| !words.is_empty() && **words != "unknown field");
    let gone: Vec<_> = own.filter(|words| !sources.contains(*words)).collect();
    assert!(
        gone.is_empty(),
        "no source says {gone:?} any more: make these errors again, and correct docs/troubleshooting.md"
    );
}
