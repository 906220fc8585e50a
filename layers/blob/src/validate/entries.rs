//! The entries of an uncompressed layer, read by the tar crate and checked against the rules of the format.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use tar::{Archive, EntryType};

use super::summary::{LayerSummary, ValidateError};
use super::tally::Tally;
use crate::{LayerPath, TRAILER};

/// The facts from the entries so far.
#[derive(Default)]
struct Census {
    summary: LayerSummary,
    kinds: BTreeMap<LayerPath, EntryType>,
    parents: BTreeSet<LayerPath>,
    /// The end of the last entry.
    end: u64,
}

/// Reads `plain` to its end.
pub(super) fn read_entries(plain: &mut Tally<impl Read>) -> Result<LayerSummary, ValidateError> {
    let read = |source| ValidateError::Read { source };
    let mut census = Census::default();
    for entry in Archive::new(&mut *plain).entries().map_err(read)? {
        census.add(entry.map_err(read)?)?;
    }
    let mut rest = Vec::new();
    plain.take(TRAILER.len() as u64 + 1).read_to_end(&mut rest).map_err(read)?;
    // the tar crate has consumed the first block of zeros, if there was one
    if plain.count() != census.end + TRAILER.len() as u64 || rest.iter().any(|&byte| byte != 0) {
        return Err(ValidateError::Trailer { end: census.end, total: plain.count() });
    }
    census.finish()
}

impl Census {
    fn add<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), ValidateError> {
        let read = |source| ValidateError::Read { source };
        let (path, hides) = path_of(&entry)?;
        let wrong = |problem| Err(ValidateError::Entry { path: path.to_string(), problem });
        if let Some(problem) = header_problem(&entry).map_err(read)? {
            return wrong(problem);
        }
        let extended = has_sorted_records(&mut entry).map_err(read)?;
        match extended {
            Some(false) => return wrong("has PAX records out of order"),
            None if entry.raw_header_position() != self.end => {
                return wrong("has an extension that is not PAX");
            }
            _ => (),
        }
        match entry.header().entry_type() {
            EntryType::Regular if hides && entry.size() != 0 => return wrong("is a whiteout with content"),
            EntryType::Regular if hides => self.summary.whiteouts += 1,
            EntryType::Regular => self.summary.files += 1,
            _ if hides => return wrong("is a whiteout, but not a file"),
            EntryType::Directory => self.summary.directories += 1,
            EntryType::Symlink => self.summary.symlinks += 1,
            EntryType::Link => {
                let target =
                    entry.link_name_bytes().and_then(|target| String::from_utf8(target.into_owned()).ok());
                let target = target.and_then(|target| LayerPath::new(target).ok());
                if target.and_then(|target| self.kinds.get(&target).copied()) != Some(EntryType::Regular) {
                    return wrong("is a hard link, but its target is not an earlier file of the layer");
                }
                self.summary.hardlinks += 1;
            }
            _ => return wrong("is not a file, directory or link"),
        }
        self.summary.content += entry.size();
        self.end = entry.raw_file_position() + entry.size().next_multiple_of(512);
        self.parents.extend(path.parent());
        let kind = entry.header().entry_type();
        if hides {
            return Ok(());
        }
        match self.kinds.insert(path.clone(), kind) {
            Some(_) => wrong("occurs twice"),
            None => Ok(()),
        }
    }

    fn finish(mut self) -> Result<LayerSummary, ValidateError> {
        let above: BTreeSet<LayerPath> = self.parents.iter().flat_map(LayerPath::ancestors).collect();
        self.parents.extend(above);
        for parent in &self.parents {
            match self.kinds.get(parent) {
                Some(EntryType::Directory) => (),
                None => self.summary.implied_directories.push(parent.to_string()),
                Some(_) => {
                    let problem = "is not a directory, but the layer has an entry below it";
                    return Err(ValidateError::Entry { path: parent.to_string(), problem });
                }
            }
        }
        Ok(self.summary)
    }
}

/// The path without a directory's trailing slash, and whether the entry is a whiteout.
fn path_of<R: Read>(entry: &tar::Entry<'_, R>) -> Result<(LayerPath, bool), ValidateError> {
    let bytes = entry.path_bytes();
    let path = String::from_utf8_lossy(&bytes).into_owned();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(ValidateError::Entry { path, problem: "has a name that is not UTF-8" });
    };
    let is_directory = entry.header().entry_type() == EntryType::Directory;
    match text.strip_suffix('/') {
        Some(name) if is_directory => Ok((LayerPath::new(name)?, false)),
        None if is_directory => {
            Err(ValidateError::Entry { path, problem: "is a directory whose name does not end with a slash" })
        }
        _ => match LayerPath::hidden_by(text) {
            Some(path) => Ok((path, true)),
            None => Ok((LayerPath::new(text)?, false)),
        },
    }
}

/// The rule that the fixed part of an entry breaks.
fn header_problem<R: Read>(entry: &tar::Entry<'_, R>) -> io::Result<Option<&'static str>> {
    let header = entry.header();
    let Some(ustar) = header.as_ustar() else { return Ok(Some("has a header that is not ustar")) };
    let is_link = matches!(header.entry_type(), EntryType::Symlink | EntryType::Link);
    let problem = if !ustar.username_bytes().is_empty() || !ustar.groupname_bytes().is_empty() {
        Some("names its owner or group")
    } else if header.mode()? > 0o7777 {
        Some("has more than twelve bits of mode")
    } else if header.entry_type() == EntryType::Symlink && header.mode()? != 0o777 {
        Some("is a symbolic link with a mode other than 0777")
    } else if is_link && entry.link_name_bytes().is_none_or(|target| target.is_empty()) {
        Some("is a link without a target")
    } else if header.entry_type() != EntryType::Regular && entry.size() != 0 {
        Some("has content, but is not a file")
    } else {
        None
    };
    Ok(problem)
}

/// Whether the PAX records are sorted by keyword and unique; `None` without records.
fn has_sorted_records<R: Read>(entry: &mut tar::Entry<'_, R>) -> io::Result<Option<bool>> {
    let Some(records) = entry.pax_extensions()? else { return Ok(None) };
    let keywords: Vec<Vec<u8>> =
        records.map(|record| record.map(|record| record.key_bytes().to_vec())).collect::<io::Result<_>>()?;
    Ok(Some(keywords.is_sorted_by(|one, next| one < next)))
}
