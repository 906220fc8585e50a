//! The text of a lockfile before YAML parsing: byte order mark, line ends, documents, merge conflict markers, version.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::error::LockfileError;
use super::model::LockfileFormat;
use super::raw;
use crate::yaml;

/// The project's document, and the number of lines before it in the file.
pub(super) struct Document<'a> {
    text: Cow<'a, str>,
    lines_before: usize,
}

/// Cuts out the project's document. A first document may describe pnpm's own packages.
///
/// Source: pnpm's reader of lockfiles. If the file's first line is `---`, it splits at the next such line.
pub(super) fn project_document(text: &str) -> Document<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    let second =
        text.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n")).map(|at| at + "---\n\n---\n".len());
    let Some(start) = second else {
        return Document { text, lines_before: 0 };
    };
    let lines_before = text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or("")),
        Cow::Owned(mut text) => Cow::Owned(text.split_off(start)),
    };
    Document { text, lines_before }
}

/// Rejects a file with merge conflict markers.
pub(super) fn refuse_conflicts(document: &Document<'_>) -> Result<(), LockfileError> {
    if !document.text.contains("<<<<<<<") && !document.text.contains(">>>>>>>") {
        return Ok(());
    }
    let mark = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    match document.text.lines().position(mark) {
        Some(at) => Err(LockfileError::Conflict { line: document.lines_before + at + 1 }),
        None => Ok(()),
    }
}

/// The format version. It decides how the rest is read.
pub(super) fn format(document: &Document<'_>) -> Result<LockfileFormat, LockfileError> {
    let version = match quick_version(&document.text) {
        Some(version) => version,
        None => document.parse::<raw::Version>()?.version.ok_or(LockfileError::NoVersion)?,
    };
    match version.as_str() {
        "6" | "6.0" | "6.1" => Ok(LockfileFormat::V6),
        "9" | "9.0" => Ok(LockfileFormat::V9),
        _ => Err(LockfileError::Version { found: version }),
    }
}

/// Reads `lockfileVersion: '9.0'` from the first lines, or `"lockfileVersion": "13.0",`, without parsing all the YAML.
fn quick_version(text: &str) -> Option<String> {
    let value = text.lines().take(10).find_map(|line| {
        let line = line.trim_start_matches(['\t', ' ', '"']);
        line.strip_prefix("lockfileVersion")?.trim_start_matches('"').strip_prefix(':')
    })?;
    let value = value.trim().trim_end_matches(',').trim_matches(['\'', '"']);
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| value.to_owned())
}

impl Document<'_> {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Parses the YAML; errors give line numbers of the whole file.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, LockfileError> {
        yaml::parse(&self.text).map_err(|error| {
            let message = match error.line {
                Some(line) => format!("line {}: {}", line + self.lines_before as u64, error.message),
                None => error.message,
            };
            LockfileError::Syntax { message }
        })
    }
}
