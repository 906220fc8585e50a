//! Package archives ("packs"): one package's files in one content-addressed file. A package costs one open to read and
//! one hash to verify.
//!
//! ```text
//! "4plypck1"                                   8 bytes
//! length of the index, little-endian           8 bytes
//! index: one JSON array of [path, kind, size]  kind: "f", "x" (executable), "p" (executable, but not by all),
//!                                              "l" (symlink; its content is the target)
//! contents, in the index's order
//! ```
//!
//! Entries are sorted by path, so the same files give the same archive. The name is the BLAKE3 of the whole file,
//! checked on every open. An archive is never linked to a path that a program could write to.

mod builder;
mod contents;
mod executable;
mod strict;

use std::borrow::Cow;
use std::io::{self, BufReader, Write};
use std::ops::Range;
use std::path::Path;

use fourply_blob::{Key, LayerPath};
use serde::Deserialize;

pub(crate) use builder::is_manifest;
pub use builder::{PackBuilder, PackFile};
use contents::PackBytes;
pub use contents::PackReader;
pub use executable::ExecutableBy;

use crate::{Result, StoreError};
use fourply_input::open_file;

const MAGIC: &[u8; 8] = b"4plypck1";
const HEAD: usize = 16;
/// The longest link target in Linux, in bytes.
const LONGEST_TARGET: usize = 4095;

/// The verified files of one package. A small archive is in memory; of a large one only the requested parts are.
#[derive(Debug, Clone)]
pub struct Pack {
    id: Key,
    contents: PackBytes,
    entries: Vec<PackEntry>,
}

/// One file or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackEntry {
    /// Relative, `/`-separated, and a valid [`LayerPath`].
    pub path: String,
    /// The entry's type.
    pub kind: PackKind,
    range: Range<usize>,
    /// Executable, but not by everybody.
    partly: bool,
}

/// The type of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackKind {
    /// A regular file: 0755 if executable, otherwise 0644.
    File {
        /// Whether any x bit was set.
        executable: bool,
    },
    /// A symbolic link that stays inside the pack.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}

impl PackEntry {
    /// The size in bytes of the content, or of a link's target.
    pub fn size(&self) -> u64 {
        self.range.len() as u64
    }
}

impl Pack {
    /// The BLAKE3 of the archive's bytes.
    pub fn id(&self) -> Key {
        self.id
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &[PackEntry] {
        &self.entries
    }

    /// The entry at `path`.
    pub fn find(&self, path: &str) -> Option<&PackEntry> {
        let index = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(index)
    }

    /// The whole content of one of this archive's entries.
    ///
    /// # Errors
    /// If a large archive's file can no longer be read.
    pub fn bytes(&self, entry: &PackEntry) -> Result<Cow<'_, [u8]>> {
        Ok(self.contents.get(entry.range.clone())?)
    }

    /// The content if it is in memory, so that reading cannot fail.
    pub fn in_memory(&self, entry: &PackEntry) -> Option<&[u8]> {
        self.contents.in_memory(entry.range.clone())
    }

    /// Writes the content to `out`.
    pub(crate) fn copy(&self, entry: &PackEntry, out: &mut impl Write) -> io::Result<()> {
        match self.in_memory(entry) {
            Some(bytes) => out.write_all(bytes),
            None => {
                io::copy(&mut BufReader::with_capacity(contents::BUFFER, self.reader(entry)), out).map(drop)
            }
        }
    }

    /// A reader of the content.
    pub fn reader(&self, entry: &PackEntry) -> PackReader<'_> {
        self.contents.reader(entry.range.clone())
    }

    /// The sum of all contents in bytes.
    pub fn total_size(&self) -> u64 {
        self.entries.iter().map(PackEntry::size).sum()
    }

    /// Parses verified bytes; `None` if they are not a package archive.
    fn parse(id: Key, contents: PackBytes) -> io::Result<Option<Pack>> {
        let Some((index, mut at)) = read_index(&contents)? else { return Ok(None) };
        let mut entries = Vec::with_capacity(index.len());
        for IndexEntry(path, kind, size) in index {
            let end = usize::try_from(size).ok().and_then(|size| at.checked_add(size));
            let Some(end) = end.filter(|end| *end <= contents.len()) else { return Ok(None) };
            let partly = kind == 'p';
            let kind = match kind {
                'f' | 'x' | 'p' => PackKind::File { executable: kind != 'f' },
                'l' if end - at <= LONGEST_TARGET => {
                    let target = String::from_utf8(contents.get(at..end)?.into_owned());
                    let Ok(target) = target else { return Ok(None) };
                    PackKind::Symlink { target }
                }
                _ => return Ok(None),
            };
            entries.push(PackEntry { path, kind, range: at..end, partly });
            at = end;
        }
        let sound = at == contents.len() && are_sound(&entries);
        Ok(sound.then_some(Pack { id, contents, entries }))
    }
}

/// The index, and the offset of the contents.
fn read_index(contents: &PackBytes) -> io::Result<Option<(Vec<IndexEntry>, usize)>> {
    if contents.len() < HEAD {
        return Ok(None);
    }
    let head = contents.get(0..HEAD)?;
    let length = head.last_chunk::<8>().map_or(0, |length| u64::from_le_bytes(*length));
    let end = usize::try_from(length).ok().and_then(|length| HEAD.checked_add(length));
    let end = end.filter(|end| head.starts_with(MAGIC) && *end <= contents.len());
    let Some(end) = end else { return Ok(None) };
    let index = serde_json::from_slice(&contents.get(HEAD..end)?).ok();
    Ok(index.map(|index| (index, end)))
}

/// Whether this program could have written these entries. An attacker with write access to the store can create any
/// bytes under their correct name.
fn are_sound(entries: &[PackEntry]) -> bool {
    let sorted = entries.windows(2).all(|pair| match pair {
        [one, other] => one.path < other.path,
        _ => true,
    });
    let is_there = |path: &str| entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).is_ok();
    let sound = |entry: &PackEntry| {
        let target = match &entry.kind {
            PackKind::Symlink { target } => check_target(&entry.path, target).is_ok(),
            PackKind::File { .. } => true,
        };
        target && LayerPath::new(&entry.path).is_ok() && !folders(&entry.path).any(is_there)
    };
    sorted && entries.iter().all(sound)
}

/// The parent folders of a path.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// Checks that a link's target is relative and stays inside the archive.
fn check_target(path: &str, target: &str) -> Result<()> {
    let fault = |reason: &str| StoreError::Path {
        path: path.to_owned(),
        reason: format!("its target {target:?} {reason}").into(),
    };
    if target.is_empty() || target.starts_with('/') || target.contains('\0') {
        return Err(fault("is no relative path"));
    }
    let mut depth = path.matches('/').count();
    for component in target.split('/') {
        depth = match component {
            "" | "." => depth,
            ".." => depth.checked_sub(1).ok_or_else(|| fault("leads out of the folder"))?,
            _ => depth + 1,
        };
    }
    Ok(())
}

/// Path, kind and size, in the index's form.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IndexEntry(pub(crate) String, pub(crate) char, pub(crate) u64);

fn check_path(path: &str) -> Result<()> {
    LayerPath::new(path).map_err(|error| StoreError::Path { path: path.to_owned(), reason: error.into() })?;
    Ok(())
}

/// The archive in a file; `None` if it is damaged.
pub(crate) fn read_pack(path: &Path, id: &Key) -> io::Result<Option<Pack>> {
    let contents = PackBytes::verified(open_file(path)?, id)?;
    Ok(contents.map(|contents| Pack::parse(*id, contents)).transpose()?.flatten())
}

#[cfg(test)]
mod tests;
