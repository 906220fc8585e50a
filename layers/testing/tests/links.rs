//! The documents' links: each leads to a file of the workspace, each `#anchor` to a heading, and each page of docs/ is in the site's list.
//! Links to other hosts are not asked. Anchors are made of headings as GitHub and mdBook make them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fourply_testing::house::workspace_root;

/// The documents of a folder.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// All documents that are checked.
fn all_documents(root: &Path) -> Vec<PathBuf> {
    let examples = fs::read_dir(root.join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let folders = [root.to_owned(), root.join("docs"), root.join("fuzz")];
    folders.into_iter().chain(examples).flat_map(|folder| documents(&folder)).collect()
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The targets of `[text](target)`.
fn targets(text: &str) -> Vec<String> {
    let lines = prose(text).map(without_code);
    let of_line = |line: String| {
        let parts = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    lines.flat_map(of_line).collect()
}

/// The anchors of the headings; the second of one name ends in `-1`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(text).filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let anchor = kept.collect::<String>().replace(' ', "-");
        let others = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(others).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

/// What is wrong with a link, if anything.
fn fault(document: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = match path {
        "" => document.to_owned(),
        path => document.parent().unwrap().join(path),
    };
    if !file.exists() {
        return Some(format!("{}: {target} leads to no file", document.display()));
    }
    let anchor = anchor?;
    let has = fs::read_to_string(&file).is_ok_and(|text| anchors(&text).contains(anchor));
    (!has).then(|| format!("{}: {target} leads to no heading", document.display()))
}

#[test]
fn links_lead_to_files_and_headings() {
    let root = workspace_root();
    let mut count = 0;
    let mut faults = Vec::new();
    for document in all_documents(&root) {
        let targets = targets(&fs::read_to_string(&document).unwrap());
        count += targets.len();
        faults.extend(targets.iter().filter_map(|target| fault(&document, target)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 100, "only {count} links were found: the documents are not read");
}

#[test]
fn every_page_is_in_the_list_of_the_site() {
    let docs = workspace_root().join("docs");
    let listed: BTreeSet<String> =
        targets(&fs::read_to_string(docs.join("SUMMARY.md")).unwrap()).into_iter().collect();
    let names =
        documents(&docs).into_iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    let missing: Vec<String> = names.filter(|name| name != "SUMMARY.md" && !listed.contains(name)).collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md lacks {missing:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("a.md");
    let text = "# A `b` & [c]\n```\n# not\n[x](gone.md)\n```\n## Twice\n## Twice\n`[y](gone.md)` [z](b.md)\n";
    fs::write(&document, text).unwrap();
    assert_eq!(targets(text), ["b.md"]);
    assert_eq!(anchors(text), ["a-b--c", "twice", "twice-1"].map(str::to_owned).into());
    for (target, is_fault) in [
        ("b.md", true),
        ("a.md", false),
        ("a.md#twice-1", false),
        ("#twice-2", true),
        ("#not", true),
        ("https://example.com/x", false),
    ] {
        assert_eq!(fault(&document, target).is_some(), is_fault, "{target}");
    }
}
