//! Which package provides a command that several offer. Pure.
//!
//! A package with the command's own name wins; otherwise the rule (`BinConflict`) decides.

use std::cmp::Ordering;

use node_semver::Version;

use crate::rules::{BinConflict, BinRules};

/// A package that offers a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BinCandidate<'a> {
    pub(crate) package: &'a str,
    pub(crate) version: &'a str,
}

/// Whether `challenger` takes `command` from `holder`, which came first.
pub(crate) fn takes(
    command: &str,
    holder: BinCandidate<'_>,
    challenger: BinCandidate<'_>,
    rules: &BinRules,
) -> bool {
    let owns = |candidate: BinCandidate<'_>| owns(command, candidate.package, rules.owners_by_alias);
    match (owns(holder), owns(challenger)) {
        (true, false) => false,
        (false, true) => true,
        _ => match rules.conflict {
            BinConflict::FirstLinked => false,
            _ if holder.package == challenger.package => version(holder) < version(challenger),
            BinConflict::SmallerName => challenger.package < holder.package,
            BinConflict::GreaterName => locale_compare(holder.package, challenger.package) == Ordering::Less,
        },
    }
}

fn owns(command: &str, package: &str, by_alias: bool) -> bool {
    let shipped = match command {
        "npx" => package == "npm",
        "pnpm" => package == "@pnpm/exe",
        "pn" | "pnpx" | "pnx" => matches!(package, "pnpm" | "@pnpm/exe"),
        _ => false,
    };
    command == package || (shipped && by_alias)
}

fn version(candidate: BinCandidate<'_>) -> Option<Version> {
    Version::parse(candidate.version).ok()
}

/// ICU's root collation for package names, which are ASCII: punctuation before digits before letters. If only the case
/// differs, lower case comes first.
fn locale_compare(a: &str, b: &str) -> Ordering {
    let primary = |text: &str| text.chars().map(weight).collect::<Vec<_>>();
    let case = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<_>>();
    primary(a).cmp(&primary(b)).then_with(|| case(a).cmp(&case(b))).then_with(|| a.cmp(b))
}

fn weight(c: char) -> (usize, char) {
    const PUNCTUATION: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    match PUNCTUATION.find(c) {
        Some(at) => (at, '\0'),
        None => (PUNCTUATION.len(), c.to_lowercase().next().unwrap_or(c)),
    }
}

#[cfg(test)]
mod tests;
