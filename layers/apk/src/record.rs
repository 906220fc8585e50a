//! A package in an index or the installed database: lines of a letter, a colon and a value. In: such a text. Out:
//! records. Source of the letters: apk-package(5).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use fourply_blob::{Feed, KeyValue, Raw};
use serde::{Deserialize, Serialize};

use crate::dependency::ApkDependency;

/// Base64 whose last bits are ignored, as in apk.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The SHA-1 of a package's compressed control part: apk's identity of a package. Written as `Q1` and base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Identity(pub(crate) [u8; 20]);

impl KeyValue for Identity {
    fn feed(&self, feed: &mut Feed<'_>) {
        Raw(&self.0).feed(feed);
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Q1{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Identity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no checksum: Q1 and 28 characters of base64");
        let bytes = text.strip_prefix("Q1").and_then(|text| LENIENT.decode(text).ok()).ok_or_else(wrong)?;
        bytes.try_into().map(Self).map_err(|_| wrong())
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        identity.to_string()
    }
}

impl TryFrom<String> for Identity {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The data of a package that the solver needs, and the location of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApkRecord {
    pub name: String,
    pub version: String,
    pub architecture: String,
    /// Size of the package's file in bytes.
    pub size: u64,
    /// Missing only in the database of a broken system.
    pub identity: Option<Identity>,
    pub origin: String,
    pub depends: Vec<ApkDependency>,
    pub provides: Vec<ApkDependency>,
    pub install_if: Vec<ApkDependency>,
    /// `k`: the priority as a provider of names without a version; 0 excludes it.
    pub priority: u32,
    /// `r`, only in the database.
    pub replaces: Vec<ApkDependency>,
    /// `q`, only in the database.
    pub replaces_priority: u32,
}

/// Parses all records of a text.
///
/// # Errors
/// The line number, and what is wrong with the line.
pub(crate) fn parse_all(text: &str) -> Result<Vec<ApkRecord>, String> {
    let mut records = Vec::new();
    let mut fields = Fields::default();
    for (number, line) in text.lines().enumerate() {
        let at = |reason: String| format!("line {}: {reason}", number + 1);
        if line.is_empty() {
            records.extend(std::mem::take(&mut fields).finish().map_err(at)?);
        } else {
            fields.add(line).map_err(at)?;
        }
    }
    records.extend(fields.finish().map_err(|reason| format!("at its end: {reason}"))?);
    Ok(records)
}

#[derive(Default)]
struct Fields {
    record: Option<ApkRecord>,
}

impl Fields {
    fn add(&mut self, line: &str) -> Result<(), String> {
        let (letter, value) = line.split_once(':').ok_or_else(|| format!("{line:?} has no colon"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{line:?} has no number"));
        let small = || value.parse::<u32>().map_err(|_| format!("{line:?} has no number"));
        let record = self.record.get_or_insert_with(empty);
        match letter {
            "P" => record.name = value.to_owned(),
            "V" => record.version = value.to_owned(),
            "A" => record.architecture = value.to_owned(),
            "S" => record.size = number()?,
            "C" => record.identity = Some(value.parse()?),
            "o" => record.origin = value.to_owned(),
            "D" => record.depends.extend(ApkDependency::parse_all(value)?),
            "p" => record.provides.extend(ApkDependency::parse_all(value)?),
            "i" => record.install_if.extend(ApkDependency::parse_all(value)?),
            "r" => record.replaces.extend(ApkDependency::parse_all(value)?),
            "k" => record.priority = small()?,
            "q" => record.replaces_priority = small()?,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Option<ApkRecord>, String> {
        let Some(record) = self.record else { return Ok(None) };
        check_name(&record.name, &record.version)?;
        Ok(Some(record))
    }
}

/// Checks that a name and a version can be parts of paths and of lines.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn check_name(name: &str, version: &str) -> Result<(), String> {
    let plain = |text: &str, more: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        !text.is_empty() && text.chars().all(known) && !text.starts_with('-')
    };
    if !plain(name, "+-._") || name.starts_with("..") {
        return Err(format!("{name:?} is no name of a package"));
    }
    // Real indexes have versions that violate the rules, such as 0.99f7-r2.
    match plain(version, "+-._~") {
        true => Ok(()),
        false => Err(format!("{name} has the version {version:?}, which is none")),
    }
}

fn empty() -> ApkRecord {
    ApkRecord {
        name: String::new(),
        version: String::new(),
        architecture: String::new(),
        size: 0,
        identity: None,
        origin: String::new(),
        depends: Vec::new(),
        provides: Vec::new(),
        install_if: Vec::new(),
        priority: 0,
        replaces: Vec::new(),
        replaces_priority: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_faults_named() {
        let text = "C:Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=\nP:busybox\nV:1.36.1-r15\nD:so:libc.musl-x86_64.so.1\np:cmd:busybox=1\nk:5\n\n\nP:b\nV:2\n";
        let records = parse_all(text).unwrap();
        assert_eq!((records.len(), records[0].priority, records[1].name.as_str()), (2, 5, "b"));
        assert_eq!(records[0].identity.unwrap().to_string(), "Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=");
        for (text, part) in [
            ("P:a\nV:/x\n", "none"),
            ("P:../a\nV:1\n", "name"),
            ("nonsense", "line 1"),
            ("P:a\nV:1\nC:Q1x\n", "line 3"),
            ("P:a\nV:1\nS:-1", "number"),
        ] {
            let error = parse_all(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([A-Za-z]:[ -~]{0,12}\n|\n|.{0,5}){0,12}") {
            let _ = parse_all(&text);
        }
    }
}
