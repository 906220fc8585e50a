//! Truncated, badly merged or hostile files: an error, in bounded time, never a panic.

use proptest::prelude::*;

use super::{SHORT, refused};
use crate::{Lockfile, LockfileError};
use fourply_testing::fixtures;

#[test]
fn marks_of_a_merge_are_told_by_line() {
    let text =
        SHORT.replace("  b@2.0.0: {}", "<<<<<<< HEAD\n  b@2.0.0: {}\n=======\n  c@2.0.0: {}\n>>>>>>> theirs");
    let line = text.lines().position(|line| line.starts_with("<<<")).unwrap() + 1;
    assert_eq!(refused(&text), LockfileError::Conflict { line });
    let both = format!("---\nlockfileVersion: '9.0'\n\n---\n{text}");
    assert_eq!(refused(&both), LockfileError::Conflict { line: line + 4 });
}

#[test]
fn broken_yaml_is_told_by_line() {
    for (from, to) in [
        ("    dependencies:\n      b: 2.0.0", "    dependencies: [\n"),
        ("resolution: {integrity: sha512-BB==}", "resolution: {integrity: 'sha"),
    ] {
        let error = refused(&SHORT.replace(from, to));
        assert!(error.to_string().contains("line "), "{error}");
        assert!(matches!(error, LockfileError::Syntax { .. }), "{error:?}");
    }
    let twice = format!("{SHORT}  b@2.0.0: {{}}\n");
    assert!(refused(&twice).to_string().contains("line "));
}

#[test]
fn importers_outside_of_the_workspace_are_refused() {
    for folder in ["../x", "/etc", "a/../../b", "a//b", "./a", "a\\\\b", "\"a\\0b\""] {
        let text = format!("lockfileVersion: '9.0'\nimporters:\n  {folder}: {{}}\n");
        assert!(Lockfile::parse(&text).is_err(), "{folder}");
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let deep = format!("lockfileVersion: '9.0'\nx: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Lockfile::parse(&deep).is_err());
    let maps = format!("lockfileVersion: '9.0'\nx: {}\n", "{a: ".repeat(50_000));
    assert!(Lockfile::parse(&maps).is_err());
    let blocks: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(Lockfile::parse(&format!("lockfileVersion: '9.0'\n{blocks}")).is_err());
}

#[test]
fn aliases_cannot_explode() {
    let mut text = "lockfileVersion: '9.0'\na: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        text.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 10].join(", ")));
    }
    assert!(Lockfile::parse(&text).is_err());
}

#[test]
fn many_long_lines_are_read_in_bounded_time() {
    let line = format!("  {}\n", "x".repeat(60_000));
    assert!(Lockfile::parse(&format!("lockfileVersion: '9.0'\nsnapshots:\n{}", line.repeat(200))).is_err());
}

#[test]
fn two_hundred_thousand_packages_are_read() {
    let mut text = "lockfileVersion: '9.0'\npackages:\n".to_owned();
    for number in 0..200_000 {
        text.push_str(&format!(
            "  p{number}@1.0.0:\n    resolution: {{integrity: sha512-{}==}}\n",
            "A".repeat(60)
        ));
    }
    assert!(text.len() > 20_000_000);
    assert_eq!(Lockfile::parse(&text).unwrap().packages.len(), 200_000);
}

#[test]
fn a_real_file_cut_off_anywhere_gives_a_lockfile_or_an_error() {
    let file = fixtures::project().join("tests/data/prisma/pnpm-lock.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(7) {
        drop(Lockfile::parse(&text[..end]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_change_of_a_file_makes_it_panic(at in 0..SHORT.len(), length in 0..40_usize, put in "[ -~\n\u{e9}]{0,12}") {
        let end = (at + length).min(SHORT.len());
        let text = format!("{}{put}{}", &SHORT[..at], &SHORT[end..]);
        drop(Lockfile::parse(&text));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(lockfileVersion: '(9|6).0'\n)?[ -~\n]{0,200}") {
        drop(Lockfile::parse(&text));
    }
}
