//! A tree as a list of paths with type, mode, and digest or target: the output of `fourply tree`, also compared by
//! tests.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader};

use fourply_blob::{Digest, DigestWriter};
use fourply_pnpm::{Node, Tree};
use fourply_store::{Store, StoreError};
use rayon::prelude::*;

use crate::contents::{FileContent, SlotItem, items};

/// The buffer size of hashing, in bytes.
const BUFFER: usize = 128 << 10;

/// One path of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Relative to the workspace's root.
    pub path: String,
    pub kind: EntryKind,
}

/// The entry at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    Directory,
    /// A symbolic link and its target.
    Symlink(String),
    File {
        /// 0755, else 0644.
        executable: bool,
        /// Its size in bytes.
        size: u64,
        /// The SHA-256 of its content.
        digest: Digest,
    },
}

impl EntryKind {
    fn file(executable: bool, bytes: &[u8]) -> EntryKind {
        EntryKind::File { executable, size: bytes.len() as u64, digest: Digest::of(bytes) }
    }
}

impl From<&Node> for EntryKind {
    fn from(node: &Node) -> EntryKind {
        match node {
            Node::Directory => EntryKind::Directory,
            Node::Symlink(target) => EntryKind::Symlink(target.clone()),
            Node::File { executable, bytes } => EntryKind::file(*executable, bytes),
        }
    }
}

impl PlannedEntry {
    fn new(path: String, item: SlotItem<'_>) -> Result<PlannedEntry, StoreError> {
        let kind = match item {
            SlotItem::Directory => EntryKind::Directory,
            SlotItem::Symlink(target) => EntryKind::Symlink(target.to_owned()),
            SlotItem::File { executable, content: FileContent::Bytes(bytes) } => {
                EntryKind::file(executable, bytes)
            }
            SlotItem::File { executable, content: FileContent::Packed(pack, entry) } => {
                let mut hasher = DigestWriter::new(io::sink());
                io::copy(&mut BufReader::with_capacity(BUFFER, pack.reader(entry)), &mut hasher)?;
                let (_, digest, size) = hasher.into_parts();
                EntryKind::File { executable, size, digest }
            }
        };
        Ok(PlannedEntry { path, kind })
    }

    /// The mode, as Linux shows it.
    pub fn mode(&self) -> u32 {
        match self.kind {
            EntryKind::Directory | EntryKind::File { executable: true, .. } => 0o755,
            EntryKind::File { executable: false, .. } => 0o644,
            EntryKind::Symlink(_) => 0o777,
        }
    }
}

/// The line of the TSV form without its line end: path, `d` `f` or `l`, mode in four octal digits, and a file's SHA-256
/// in hex, a link's target, or `-`.
impl fmt::Display for PlannedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, value) = match &self.kind {
            EntryKind::Directory => ('d', "-".to_owned()),
            EntryKind::Symlink(target) => ('l', target.clone()),
            EntryKind::File { digest, .. } => ('f', digest.hex()),
        };
        write!(f, "{}\t{letter}\t{:04o}\t{value}", self.path, self.mode())
    }
}

/// Every path of a tree, sorted. Each core reads one archive at a time.
///
/// # Errors
/// An archive that is missing or damaged.
pub fn entries(tree: &Tree, store: &Store) -> Result<Vec<PlannedEntry>, StoreError> {
    let of_slots: Result<Vec<Vec<PlannedEntry>>, StoreError> = tree
        .slots
        .par_iter()
        .map(|slot| {
            let pack = store.open_pack(&slot.pack)?;
            let beside = slot.beside.map(|pack| store.open_pack(&pack)).transpose()?;
            items(slot, &pack, beside.as_deref(), &BTreeMap::new())
                .into_iter()
                .map(|(path, item)| PlannedEntry::new(path, item))
                .collect()
        })
        .collect();
    let of_links = tree
        .links
        .iter()
        .map(|(path, node)| PlannedEntry { path: path.clone(), kind: EntryKind::from(node) });
    let mut entries: Vec<PlannedEntry> = of_slots?.into_iter().flatten().chain(of_links).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

#[cfg(test)]
mod tests;
