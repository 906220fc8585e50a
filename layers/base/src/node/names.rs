//! Names of Node.js versions: `lts`, `iron`, `latest`. In: text of the settings. Out: npm's range or tag for it. npm
//! resolves a range.

/// The releases with long-term support, oldest first, each with its major version.
///
/// npm's Node.js packages have only the tag `latest`, so the names are listed here. A new release needs a new line;
/// until then its number works. Source: nodejs/Release, schedule.json.
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

/// The npm range or tag for a text: `^20` for `iron` and `lts/iron`, the newest release with long-term support for
/// `lts` and `lts/*`, the tag `latest` for `current`. Any other text stands for itself, without the `v` of a version.
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
