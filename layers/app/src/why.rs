//! Why a build runs. In: its inputs, and those of the last build of the same service. Out: the causes, the first ones
//! in words. It affects no key: a missing or damaged record means a first build.
//!
//! ```text
//! <key of the build>
//! <its inputs, as JSON>
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use fourply_blob::Key;
use fourply_pnpm::Target;
use fourply_scripts::atomic;
use fourply_scripts::sandbox::Level;
use serde::{Deserialize, Serialize};

use crate::sources::SourceFile;
use crate::{Result, SourceKind};

/// The size limit of a record in bytes; a larger one is not kept.
const LARGEST: usize = 16 << 20;

/// The inputs of a build, for comparison.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BuildDecisions {
    /// The scripts' environment except sources and packages, by names that users know: the value, or a hash of it.
    pub settings: BTreeMap<String, String>,
    /// The installed packages.
    pub packages: BTreeSet<String>,
    /// Hashes of sources, by path.
    pub sources: BTreeMap<String, String>,
}

impl BuildDecisions {
    /// The same at a sandbox level.
    pub(crate) fn at_level(mut self, level: Level) -> BuildDecisions {
        self.settings.insert(SANDBOX.to_owned(), level.name().to_owned());
        self
    }

    /// The inputs with these sources.
    pub(crate) fn of_sources<'s>(
        sources: impl Iterator<Item = (&'s SourceFile, &'s Key)>,
    ) -> BTreeMap<String, String> {
        let content = |(source, content): (&SourceFile, &Key)| {
            let hex = content.hex();
            let kind = match source.kind {
                SourceKind::File { executable: false } => "",
                SourceKind::File { executable: true } => "x",
                SourceKind::Symlink { .. } => "l",
            };
            format!("{kind}{}", hex.get(..24).unwrap_or(&hex))
        };
        sources.map(|(source, hash)| (source.path.clone(), content((source, hash)))).collect()
    }
}

/// Why a build runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BuildReason {
    /// The store has no earlier build of the service.
    First,
    /// The same inputs were built before, but the result was removed.
    Gone,
    /// Every script must run, whatever was built before.
    Again,
    /// A cause that is not in the record.
    Other,
    /// The first causes in words, and the number of others.
    Changed { causes: Vec<String>, more: usize },
}

/// The most causes that are reported.
const SHOWN: usize = 5;

impl fmt::Display for BuildReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildReason::First => f.write_str("first build"),
            BuildReason::Gone => f.write_str("no result of an earlier build is kept"),
            BuildReason::Again => f.write_str("every script runs"),
            BuildReason::Other => f.write_str("its settings or this program changed"),
            BuildReason::Changed { causes, more: 0 } => f.write_str(&causes.join(", ")),
            BuildReason::Changed { causes, more } => write!(f, "{}, and {more} more", causes.join(", ")),
        }
    }
}

/// The folder for records of a service, and the record's name: the last inputs are kept for each platform.
pub(crate) fn place<'w>(what: &'w str, target: &Target) -> (&'static str, Cow<'w, str>) {
    match what.starts_with("why") {
        true => ("why", format!("{what} for {}-{}", target.os, target.cpu).into()),
        false => ("stat", what.into()),
    }
}

/// Compares with the record at `path`.
pub(crate) fn reason(path: &Path, key: &Key, now: &BuildDecisions) -> BuildReason {
    let Some((last_key, last)) = read(path) else { return BuildReason::First };
    let mut causes = causes(&last, now);
    let more = causes.len().saturating_sub(SHOWN);
    causes.truncate(SHOWN);
    match causes.is_empty() {
        false => BuildReason::Changed { causes, more },
        true if last_key == key.hex() => BuildReason::Gone,
        true => BuildReason::Other,
    }
}

/// Keeps the record of a build that was found. A record of the same build stays unchanged and is not read completely.
///
/// # Errors
/// Those of [`keep`].
pub(crate) fn keep_other(path: &Path, key: &Key, now: impl FnOnce() -> BuildDecisions) -> Result<()> {
    if is_of(path, key) { Ok(()) } else { keep(path, key, &now()) }
}

/// Keeps the record of a finished build.
///
/// # Errors
/// If the file or its folder cannot be created.
pub(crate) fn keep(path: &Path, key: &Key, now: &BuildDecisions) -> Result<()> {
    let text = serde_json::to_string(now).map_err(std::io::Error::from)?;
    if text.len() <= LARGEST {
        atomic::write(path, format!("{key}\n{text}\n").as_bytes(), 0o644)?;
    }
    Ok(())
}

fn is_of(path: &Path, key: &Key) -> bool {
    use std::io::Read;
    let hex = key.hex();
    let mut begin = vec![0; hex.len()];
    let read = fourply_store::open_file(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == hex.as_bytes()
}

fn read(path: &Path) -> Option<(String, BuildDecisions)> {
    let text = atomic::read(path)?;
    let (key, rest) = text.split_once('\n')?;
    Some((key.to_owned(), serde_json::from_str(rest).ok()?))
}

/// All changes: packages, settings, sources.
fn causes(last: &BuildDecisions, now: &BuildDecisions) -> Vec<String> {
    let mut causes = Vec::new();
    let packages = |all: &BTreeSet<String>| all.iter().map(|name| (name.clone(), String::new())).collect();
    changes(&packages(&last.packages), &packages(&now.packages), &mut |name, change| {
        causes.push(format!("the package {name} {}", change.word()));
    });
    let others = |decisions: &BuildDecisions| {
        let mut settings = decisions.settings.clone();
        settings.remove(DEPENDENCIES);
        settings.remove(SANDBOX);
        settings
    };
    // The hash over an install is omitted if its parts explain the change.
    let silent = !causes.is_empty() || others(last) != others(now);
    changes(&last.settings, &now.settings, &mut |name, change| {
        // A build that was only found has no level in its record.
        let unknown = name == SANDBOX && !matches!(change, Change::Changed);
        if unknown || (name == DEPENDENCIES && silent) {
            return;
        }
        causes.push(match (change, last.settings.get(name), now.settings.get(name)) {
            (Change::Changed, Some(before), Some(after)) if is_shown(name) => {
                format!("{name} {before} became {after}")
            }
            (change, _, _) => format!("{name} {}", change.word()),
        });
    });
    changes(&last.sources, &now.sources, &mut |path, change| {
        causes.push(format!("{path} {}", change.word()))
    });
    causes
}

/// The setting for all installed packages.
pub(crate) const DEPENDENCIES: &str = "dependencies in pnpm-lock.yaml";

/// The setting for the sandbox level.
const SANDBOX: &str = "the sandbox's level";

/// Whether a setting's value is short and not secret.
fn is_shown(name: &str) -> bool {
    ["node", "the platform", "the script", SANDBOX].contains(&name)
}

#[derive(Clone, Copy)]
enum Change {
    Added,
    Changed,
    Removed,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Changed => "changed",
            Change::Removed => "removed",
        }
    }
}

fn changes(
    last: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    tell: &mut dyn FnMut(&str, Change),
) {
    for (name, value) in now {
        match last.get(name) {
            None => tell(name, Change::Added),
            Some(before) if before != value => tell(name, Change::Changed),
            Some(_) => {}
        }
    }
    last.keys().filter(|name| !now.contains_key(*name)).for_each(|name| tell(name, Change::Removed));
}

#[cfg(test)]
mod tests;
