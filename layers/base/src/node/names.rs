//! Names that people give versions of node: `lts`, `iron`, `latest`. Comes in: a word of the settings. Goes out: the range or tag of npm that
//! it stands for. What a range leads to is for npm to say.

/// The releases with long-term support, from the oldest, each with its major version.
///
/// npm's packages of node have the tag `latest` alone, so the names stand here. A new release adds a line; until then its number works.
/// Source: nodejs/Release, schedule.json.
const CODENAMES: [(&str, u64); 12] = [
    ("argon", 4),
    ("boron", 6),
    ("carbon", 8),
    ("dubnium", 10),
    ("erbium", 12),
    ("fermium", 14),
    ("gallium", 16),
    ("hydrogen", 18),
    ("iron", 20),
    ("jod", 22),
    ("krypton", 24),
    ("lithium", 26),
];

/// What is asked of npm for a word: `^20` for `iron` and `lts/iron`, the newest release with long-term support for `lts` and `lts/*`,
/// the tag `latest` for `current`; every other word stands for itself, without the `v` of a version.
pub fn meaning(word: &str) -> String {
    let word = word.trim();
    let lower = word.to_ascii_lowercase();
    let name = lower.strip_prefix("lts/").unwrap_or(&lower);
    let major = match name {
        "lts" | "*" if lower.starts_with("lts") => CODENAMES.last().map(|(_, major)| major),
        name => CODENAMES.iter().find(|(known, _)| *known == name).map(|(_, major)| major),
    };
    match (major, name) {
        (Some(major), _) => format!("^{major}"),
        (None, "current" | "latest") => "latest".to_owned(),
        (None, _) => word.strip_prefix('v').filter(|rest| is_number(rest)).unwrap_or(word).to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

/// The names of the newest releases, for messages.
pub fn newest_names() -> String {
    let names = CODENAMES.iter().rev().take(4).map(|(name, _)| *name);
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
