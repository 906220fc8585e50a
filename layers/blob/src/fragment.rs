//! Fragments: runs of tar entries that are compressed and cached separately.
//!
//! In: entries, from the implementor's source. Out: calls on a [`TarWriter`]. A fragment knows neither its layer nor
//! the compression.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use crate::{BlobError, Key, KeyBuilder, LayerPath, Meta, TarWriter};

/// One run of tar entries.
pub trait Fragment: Send + Sync {
    /// A key covering every input to the uncompressed bytes: paths, metadata, contents and their order. Two fragments
    /// with the same key write the same bytes.
    fn key(&self) -> Key;

    /// Writes the entries, always in the same order.
    ///
    /// # Errors
    /// Any error of `tar`, or [`BlobError::fragment`] for the fragment's own errors.
    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError>;

    /// An estimate of the uncompressed bytes, used only for progress.
    fn size_hint(&self) -> u64;
}

/// One entry of an [`EntriesFragment`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A directory.
    Directory(Meta),
    /// A regular file, fully in memory.
    File {
        /// Its metadata.
        meta: Meta,
        /// Its content.
        bytes: Arc<[u8]>,
    },
    /// A symbolic link.
    Symlink {
        /// Its metadata; the mode is not used.
        meta: Meta,
        /// Its target, as `readlink` returns it.
        target: String,
    },
    /// A whiteout: it hides this path of lower layers.
    Whiteout,
}

/// A fragment of small entries in memory, written in path order.
#[derive(Debug, Clone, Default)]
pub struct EntriesFragment {
    /// The entries.
    pub entries: BTreeMap<LayerPath, Entry>,
}

impl EntriesFragment {
    /// A fragment of these entries.
    pub const fn new(entries: BTreeMap<LayerPath, Entry>) -> Self {
        Self { entries }
    }
}

impl Fragment for EntriesFragment {
    fn key(&self) -> Key {
        let start = KeyBuilder::new("fourply entries v1").number("entries", self.entries.len() as u64);
        self.entries.iter().fold(start, |key, (path, entry)| add_entry(key, path, entry)).finish()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        for (path, entry) in &self.entries {
            match entry {
                Entry::Directory(meta) => tar.directory(path, meta)?,
                Entry::File { meta, bytes } => tar.bytes(path, meta, bytes)?,
                Entry::Symlink { meta, target } => tar.symlink(path, meta, target)?,
                Entry::Whiteout => tar.whiteout(path)?,
            }
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        self.entries.values().map(padded_size).sum()
    }
}

/// The header and the content of one entry, in whole blocks.
fn padded_size(entry: &Entry) -> u64 {
    let content = match entry {
        Entry::File { bytes, .. } => bytes.len() as u64,
        Entry::Directory(_) | Entry::Symlink { .. } | Entry::Whiteout => 0,
    };
    512 + content.next_multiple_of(512)
}

fn add_entry(key: KeyBuilder, path: &LayerPath, entry: &Entry) -> KeyBuilder {
    let key = key.field("path", path.as_str());
    match entry {
        Entry::Directory(meta) => add_meta(key.field("kind", "directory"), meta),
        Entry::File { meta, bytes } => add_meta(key.field("kind", "file"), meta).field("bytes", bytes),
        Entry::Symlink { meta, target } => {
            add_meta(key.field("kind", "symlink"), meta).field("target", target)
        }
        Entry::Whiteout => key.field("kind", "whiteout"),
    }
}

fn add_meta(key: KeyBuilder, meta: &Meta) -> KeyBuilder {
    let key = key
        .number("mode", meta.mode.into())
        .number("uid", meta.uid.into())
        .number("gid", meta.gid.into())
        .field("mtime", meta.mtime.to_le_bytes())
        .number("xattrs", meta.xattrs.len() as u64);
    meta.xattrs.iter().fold(key, |key, (name, value)| key.field("name", name).field("value", value))
}

#[cfg(test)]
mod tests;
