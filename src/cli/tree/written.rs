//! Lists of a tree as lines or as JSON. Text out.

use fourply_blob::counted;
use fourply_modules::{EntryKind, FoundEntry, FoundKind, PathDifference, PlannedEntry, Removal};
use serde_json::{Value, json};

use super::args::Format;
use super::difference::words;

/// One line for each, or one array of what `object` makes of each.
pub(super) fn list<T: Line>(all: &[T], format: Format, object: impl Fn(&T) -> Value) -> String {
    match format {
        Format::Tsv => all.iter().map(|one| format!("{}\n", one.line())).collect(),
        Format::Json => {
            let lines: Vec<String> = all.iter().map(|one| format!("  {}", object(one))).collect();
            if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
        }
    }
}

/// What has a line.
pub(super) trait Line {
    fn line(&self) -> String;
}

impl Line for PlannedEntry {
    fn line(&self) -> String {
        self.to_string()
    }
}

impl Line for Removal {
    fn line(&self) -> String {
        self.to_string()
    }
}

/// `path`, how it differs, what is planned, what is there, and why, between tabs; `-` for what is absent.
impl Line for PathDifference {
    fn line(&self) -> String {
        let planned = self.planned.as_ref().map_or("-".to_owned(), |entry| match &entry.kind {
            EntryKind::Directory => "d".to_owned(),
            EntryKind::Symlink(target) => format!("l {target}"),
            EntryKind::File { size, .. } => format!("f {:04o} {size}", entry.mode()),
        });
        let found = self.found.as_ref().map_or("-".to_owned(), |entry| match &entry.kind {
            FoundKind::Symlink(target) => format!("l {target}"),
            FoundKind::File { size } => format!("f {:04o} {size}", entry.mode),
            FoundKind::Directory => format!("d {:04o}", entry.mode),
            FoundKind::Other => "?".to_owned(),
        });
        let below = if self.below == 0 {
            String::new()
        } else {
            format!(" and {} below", counted(self.below, "path"))
        };
        let reason = self.reason.as_ref().map_or("-".to_owned(), words);
        format!("{}\t{}{below}\t{planned}\t{found}\t{reason}", self.path, self.kind.name())
    }
}

pub(super) fn entry(entry: &PlannedEntry) -> Value {
    let mode = format!("{:04o}", entry.mode());
    match &entry.kind {
        EntryKind::Directory => json!({ "path": entry.path, "type": "d", "mode": mode }),
        EntryKind::Symlink(target) => {
            json!({ "path": entry.path, "type": "l", "mode": mode, "target": target })
        }
        EntryKind::File { size, digest, .. } => {
            json!({ "path": entry.path, "type": "f", "mode": mode, "size": size, "sha256": digest.hex() })
        }
    }
}

pub(super) fn removal(removal: &Removal) -> Value {
    json!({ "path": removal.path, "rule": removal.rule.name(), "size": removal.size })
}

pub(super) fn difference(difference: &PathDifference) -> Value {
    json!({
        "path": difference.path,
        "difference": difference.kind.name(),
        "below": difference.below,
        "planned": difference.planned.as_ref().map(entry),
        "found": difference.found.as_ref().map(found),
        "reason": difference.reason.as_ref().map(words),
    })
}

fn found(entry: &FoundEntry) -> Value {
    let mode = format!("{:04o}", entry.mode);
    let kind = entry.kind.letter().to_string();
    match &entry.kind {
        FoundKind::Directory | FoundKind::Other => json!({ "type": kind, "mode": mode }),
        FoundKind::Symlink(target) => json!({ "type": kind, "mode": mode, "target": target }),
        FoundKind::File { size } => json!({ "type": kind, "mode": mode, "size": size }),
    }
}
