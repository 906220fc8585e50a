#![allow(clippy::unwrap_used)]

use super::{begins_entry, cut, parse, pieces};
use crate::Lockfile;
use fourply_testing::fixtures;

#[test]
fn entries_begin_two_spaces_in() {
    for (line, begins) in [
        ("  a@1:\n", true),
        ("  '@s/a@1':\n", true),
        ("  ? long\n", true),
        ("  : x: 1\n", false),
        ("    a: 1\n", false),
        ("\n", false),
        ("  # a\n", false),
    ] {
        assert_eq!(begins_entry(line), begins, "{line:?}");
    }
}

#[test]
fn pieces_are_the_whole_section() {
    let section: String =
        (0..20_000).map(|number| format!("\n  p{number}@1.0.0:\n    hasBin: true\n")).collect();
    let pieces = pieces(&section);
    assert!(pieces.len() > 3);
    assert_eq!(pieces.concat(), section);
}

#[test]
fn sections_are_cut_out_of_the_rest() {
    let cut = cut("a: 1\n\npackages:\n\n  x: {}\n\nsnapshots:\n\n  y: {}\n\ntime:\n  x: 1\n").unwrap();
    assert_eq!((cut.packages.concat().trim(), cut.snapshots.concat().trim()), ("x: {}", "y: {}"));
    assert_eq!(cut.rest.split_whitespace().collect::<Vec<_>>(), ["a:", "1", "time:", "x:", "1"]);
}

/// A large file, with entries that would be misread if a cut went through them.
fn large(odd: &str) -> String {
    let padding: String = (0..4_000)
        .map(|number| format!("  p{number}@1.0.0:\n    resolution: {{integrity: sha512-AA==}}\n{odd}"))
        .collect();
    format!("lockfileVersion: '9.0'\n\npackages:\n\n{padding}\nsnapshots:\n\n  p1@1.0.0: {{}}\n")
}

#[test]
fn odd_texts_are_left_to_the_reading_in_one_piece() {
    assert!(parse(&large("")).is_some());
    assert!(parse(&large("    deprecated: >-\n      two\n\n      lines: x\n")).is_some());
    let twice = large("").replace("p3999@", "p1@");
    assert!(parse(&twice).is_none());
    assert!(Lockfile::parse(&twice).is_err(), "a key twice");
    let wild = large("    deprecated: 'a\n  b: c'\n");
    assert!(parse(&wild).is_none() || Lockfile::parse(&wild).is_ok());
}

/// A section repeated four times, so that it spans several pieces; each copy has other package names.
fn multiplied(section: &str) -> String {
    let renamed = |copy: usize| {
        let line = move |line: &str| match line.strip_prefix("  ").filter(|_| begins_entry(line)) {
            Some(scoped) if scoped.starts_with("'@") => format!("  '@copy{copy}-{}\n", &scoped[2..]),
            Some(entry) => format!("  copy{copy}-{entry}\n"),
            None => format!("{line}\n"),
        };
        section.lines().map(line).collect::<String>()
    };
    (0..4).map(renamed).collect()
}

#[test]
fn real_files_read_the_same_in_pieces_and_in_one() {
    for folder in ["examples/erp", "tests/prune"] {
        let file = fixtures::project().join(folder).join("pnpm-lock.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        let (head, rest) = text.split_once("\npackages:\n").unwrap();
        let (packages, snapshots) = rest.split_once("\nsnapshots:\n").unwrap();
        let (packages, snapshots) = (multiplied(packages), multiplied(snapshots));
        let text = format!("{head}\npackages:\n{packages}\nsnapshots:\n{snapshots}");
        assert!(pieces(&packages).len() > 1, "{folder}");
        assert!(parse(&text).is_some(), "{folder}");
        // A comment before a section's heading hides it from the cut.
        let whole = text.replace("\npackages:\n", "\npackages: # whole\n");
        assert!(parse(&whole).is_none());
        assert_eq!(Lockfile::parse(&text).unwrap(), Lockfile::parse(&whole).unwrap(), "{folder}");
    }
}
