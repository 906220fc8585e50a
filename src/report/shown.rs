//! Output of scripts that a user has seen already. In: its lines, as they are shown; the text of an error. Out: that text without the output, where all
//! of it was shown.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The last line with a letter that was shown of a package's scripts, by package.
static LAST: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Where errors of scripts have their output, up to the end.
const PRINTED: &str = "\nit printed:\n";

/// A line of a package's script is shown.
pub(super) fn shows(package: &str, line: &str) {
    if !line.trim().is_empty() {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(package.to_owned(), line.to_owned());
    }
}

/// An error's text without what was shown.
pub(super) fn without_shown(text: &str) -> String {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    unseen(text, &last)
}

fn unseen(text: &str, last: &BTreeMap<String, String>) -> String {
    let Some((before, log)) = text.split_once(PRINTED) else { return text.to_owned() };
    let end = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // The error begins with the script and its package.
    let package =
        last.iter().find(|(package, line)| *line == end && before.contains(&format!(" of {package} ")));
    match package {
        Some((package, _)) => format!("{before}\nwhat it printed stands above, behind {package}:"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_that_was_shown_is_not_shown_again() {
        let last = BTreeMap::from([("services/a".to_owned(), "Error: x".to_owned())]);
        let text =
            "the script \"build\" of services/a ended with exit code 1: tsc\nit printed:\nout\nError: x\n";
        let short = "the script \"build\" of services/a ended with exit code 1: tsc\nwhat it printed stands above, behind services/a:";
        assert_eq!(unseen(text, &last), short);
        for other in
            [text.replace("services/a", "services/b"), text.replace("Error: x", "Error: y"), "x".to_owned()]
        {
            assert_eq!(unseen(&other, &last), other);
        }
        assert_eq!(unseen(text, &BTreeMap::new()), text);
    }
}
