//! `test` and `[`. In: words, and the system that a script sees. Out: true or false, or `None` for an unknown form.

use crate::script::system::{Outcome, System};

pub(super) fn test(system: &dyn System, outcome: &Outcome, words: &[String]) -> Option<bool> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    either(system, outcome, &words)
}

/// Conditions with `-o` and `-a`, which binds tighter.
fn either(system: &dyn System, outcome: &Outcome, words: &[&str]) -> Option<bool> {
    if words.len() <= 3 {
        return of(system, outcome, words);
    }
    let all =
        |words: &[&str]| words.split(|word| *word == "-a").map(|words| of(system, outcome, words)).collect();
    let any: Option<Vec<Vec<bool>>> = words.split(|word| *word == "-o").map(all).collect();
    Some(any?.iter().any(|all| all.iter().all(|is| *is)))
}

fn of(system: &dyn System, outcome: &Outcome, words: &[&str]) -> Option<bool> {
    match words {
        [] => Some(false),
        [text] => Some(!text.is_empty()),
        ["!", rest @ ..] => of(system, outcome, rest).map(|is| !is),
        ["-n", text] => Some(!text.is_empty()),
        ["-z", text] => Some(text.is_empty()),
        [test, path] if path.starts_with('/') => on_path(system, outcome, test, path),
        // Nothing exists at an empty path.
        ["-e" | "-f" | "-d" | "-x" | "-L" | "-h" | "-s" | "-r", ""] => Some(false),
        [left, "=" | "==", right] => Some(left == right),
        [left, "!=", right] => Some(left != right),
        [left, comparison, right] => {
            let (left, right): (i64, i64) = (left.parse().ok()?, right.parse().ok()?);
            match *comparison {
                "-eq" => Some(left == right),
                "-ne" => Some(left != right),
                "-lt" => Some(left < right),
                "-le" => Some(left <= right),
                "-gt" => Some(left > right),
                "-ge" => Some(left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}

fn on_path(system: &dyn System, outcome: &Outcome, test: &str, path: &str) -> Option<bool> {
    let made = outcome.touched.contains_key(path);
    let is_folder = if made { Some(system.is_folder(path).unwrap_or(true)) } else { system.is_folder(path) };
    match test {
        "-e" | "-r" => Some(is_folder.is_some()),
        "-d" => Some(is_folder == Some(true)),
        "-f" => Some(is_folder == Some(false)),
        "-x" => Some(is_folder == Some(true) || system.is_executable(path)),
        "-s" => Some(is_folder == Some(true) || system.is_filled(path)),
        "-L" | "-h" => Some(system.is_link(path)),
        _ => None,
    }
}
