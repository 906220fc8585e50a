//! The output of each script in one piece, for runners whose logs fold: scripts run side by side, and a fold cannot begin within another. In: lines as
//! they come. Out: all lines of a script when it ended; what is left when the program ends by an error.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most bytes that are kept back of one script: more are told in several folds.
const MOST: usize = 1 << 20;

/// The lines that are not told yet, by package.
static OPEN: Mutex<BTreeMap<String, Group>> = Mutex::new(BTreeMap::new());

/// A script's output so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// What runs.
    pub name: String,
    /// Each with its end.
    pub lines: String,
}

fn open<T>(work: impl FnOnce(&mut BTreeMap<String, Group>) -> T) -> T {
    work(&mut OPEN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A script of a package begins.
pub(super) fn begin(package: &str, name: String) {
    open(|all| all.insert(package.to_owned(), Group { name, lines: String::new() }));
}

/// Keeps a line; gives what is to be told first where it is too much.
pub(super) fn add(package: &str, line: &str) -> Option<Group> {
    open(|all| {
        let group = all.entry(package.to_owned()).or_default();
        let full = (group.lines.len() + line.len() > MOST).then(|| group.clone());
        if full.is_some() {
            group.lines.clear();
        }
        group.lines.push_str(line);
        group.lines.push('\n');
        full
    })
}

/// The script of a package ended.
pub(super) fn end(package: &str) -> Option<Group> {
    open(|all| all.remove(package))
}

/// All that was not told.
pub(super) fn left() -> BTreeMap<String, Group> {
    open(std::mem::take)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lines_come_in_the_order_of_scripts_and_none_is_lost() {
        begin("a", "a: build".to_owned());
        begin("b", "b: build".to_owned());
        for package in ["a", "b", "a"] {
            assert_eq!(add(package, package), None);
        }
        assert_eq!(end("a").unwrap().lines, "a\na\n");
        let long = "x".repeat(MOST);
        assert_eq!(add("b", &long).unwrap().lines, "b\n");
        assert_eq!(left().remove("b").unwrap().lines, format!("{long}\n"));
        assert!(left().is_empty());
    }
}
