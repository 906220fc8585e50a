//! Packs: one package's files in one content-addressed file, so that a package costs one open to read and one hash to verify.
//!
//! ```text
//! "4plypck1"                                   8 bytes
//! length of the index, little-endian           8 bytes
//! index: one JSON array of [path, kind, size]  kind: "f", "x" (executable), "l" (symlink; its content is the target)
//! contents, in the index's order
//! ```
//!
//! Entries are sorted by path, so one set of files is one pack. The name is the BLAKE3 of the whole file, checked on every open. A pack
//! is never linked to anything that a program could write to.

mod builder;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::ops::Range;
use std::sync::Arc;

use fourply_blob::{Key, LayerPath};
use serde::{Deserialize, Serialize};

pub use builder::{PackBuilder, PackFile};

use crate::{Result, Store, StoreError};

const MAGIC: &[u8; 8] = b"4plypck1";
const HEAD: usize = 16;

/// The files of one package, verified and in memory.
#[derive(Debug, Clone)]
pub struct Pack {
    id: Key,
    bytes: Arc<Vec<u8>>,
    entries: Vec<PackEntry>,
}

/// One file or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackEntry {
    /// Relative, `/`-separated, and a valid [`LayerPath`].
    pub path: String,
    /// What it is.
    pub kind: PackKind,
    range: Range<usize>,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackKind {
    /// A regular file: 0755 if executable, else 0644.
    File {
        /// Any x bit was set.
        executable: bool,
    },
    /// A symbolic link that stays inside the pack.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}

impl PackEntry {
    /// The size of the content in bytes; of a link, of its target.
    pub fn size(&self) -> u64 {
        self.range.len() as u64
    }
}

impl Pack {
    /// The BLAKE3 of the pack's bytes.
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

    /// The content of one of this pack's entries.
    pub fn bytes(&self, entry: &PackEntry) -> &[u8] {
        self.bytes.get(entry.range.clone()).unwrap_or_default()
    }

    /// The sum of all contents in bytes.
    pub fn total_size(&self) -> u64 {
        self.entries.iter().map(PackEntry::size).sum()
    }

    fn parse(id: Key, bytes: Arc<Vec<u8>>) -> Option<Pack> {
        let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
        let (length, _) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let mut at = HEAD.checked_add(length).filter(|end| magic == MAGIC && *end <= bytes.len())?;
        let index: Vec<IndexEntry> = serde_json::from_slice(bytes.get(HEAD..at)?).ok()?;
        let mut entries = Vec::with_capacity(index.len());
        for IndexEntry(path, kind, size) in index {
            let end = at.checked_add(usize::try_from(size).ok()?).filter(|end| *end <= bytes.len())?;
            let kind = match kind {
                'f' | 'x' => PackKind::File { executable: kind == 'x' },
                'l' => PackKind::Symlink { target: String::from_utf8(bytes.get(at..end)?.to_vec()).ok()? },
                _ => return None,
            };
            entries.push(PackEntry { path, kind, range: at..end });
            at = end;
        }
        (at == bytes.len() && are_sound(&entries)).then_some(Pack { id, bytes, entries })
    }
}

/// Whether these could have been written here: whoever writes to the store's folder can give a pack the name that its bytes ask for.
fn are_sound(entries: &[PackEntry]) -> bool {
    let sorted = entries.windows(2).all(|pair| match pair {
        [one, other] => one.path < other.path,
        _ => true,
    });
    let paths: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let sound = |entry: &PackEntry| {
        let target = match &entry.kind {
            PackKind::Symlink { target } => check_target(&entry.path, target).is_ok(),
            PackKind::File { .. } => true,
        };
        target && LayerPath::new(&entry.path).is_ok() && !folders(&entry.path).any(|at| paths.contains(at))
    };
    sorted && entries.iter().all(sound)
}

/// The folders above a path.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// A link's target is relative and stays inside of the pack.
fn check_target(path: &str, target: &str) -> Result<()> {
    let fault = |reason: &str| StoreError::Path {
        path: path.to_owned(),
        reason: format!("its target {target:?} {reason}"),
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

/// Path, kind and size, as the index has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct IndexEntry(pub(crate) String, pub(crate) char, pub(crate) u64);

fn check_path(path: &str) -> Result<()> {
    LayerPath::new(path)
        .map_err(|error| StoreError::Path { path: path.to_owned(), reason: error.to_string() })?;
    Ok(())
}

fn hash(bytes: &[u8]) -> Key {
    /// Below this many bytes, one core is faster than handing work to others.
    const ALONE: usize = 1 << 20;
    if bytes.len() < ALONE {
        return Key::of(bytes);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_rayon(bytes);
    Key::from_bytes(*hasher.finalize().as_bytes())
}

impl Store {
    /// The pack that the tarball with this integrity became, if it was fetched before.
    ///
    /// # Errors
    /// Never today.
    pub fn pack_for(&self, integrity: &crate::Integrity) -> Result<Option<Key>> {
        Ok(self.pointer("sources", &integrity.key()).filter(|id| self.has_pack(id)))
    }

    pub(crate) fn record_source(&self, integrity: &crate::Integrity, pack: &Key) -> Result<()> {
        self.set_pointer("sources", &integrity.key(), pack)
    }

    /// The pack that was derived under this key, if it was.
    ///
    /// # Errors
    /// Never today.
    pub fn derived_pack(&self, key: &Key) -> Result<Option<Key>> {
        Ok(self.pointer("derived", key).filter(|id| self.has_pack(id)))
    }

    /// Remembers which pack was derived under this key.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn record_derived(&self, key: &Key, pack: &Key) -> Result<()> {
        self.set_pointer("derived", key, pack)
    }

    /// Whether the store has the pack, without reading it.
    pub fn has_pack(&self, id: &Key) -> bool {
        self.sharded("packs", &id.hex()).is_file()
    }

    /// What a pack's index says, without the contents that would verify it.
    pub(crate) fn pack_index(&self, id: &Key) -> Result<Vec<IndexEntry>> {
        let path = self.sharded("packs", &id.hex());
        let mut file = fs_err::File::open(&path)?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head)?;
        let length = head.last_chunk::<8>().map_or(0, |length| u64::from_le_bytes(*length));
        let mut index = Vec::new();
        file.take(length).read_to_end(&mut index)?;
        let index: Vec<IndexEntry> =
            serde_json::from_slice(&index).map_err(|_| StoreError::corrupt(&path))?;
        index.iter().try_for_each(|entry| check_path(&entry.0))?;
        Ok(index)
    }

    /// The paths of a pack, as its index says: contents are not read, so nothing is verified.
    ///
    /// # Errors
    /// Where the pack is absent or has no index.
    pub fn pack_paths(&self, id: &Key) -> Result<Vec<String>> {
        Ok(self.pack_index(id)?.into_iter().map(|entry| entry.0).collect())
    }

    /// Reads and verifies a pack.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where its bytes changed: it is removed, so that the next build fetches it anew.
    pub fn open_pack(&self, id: &Key) -> Result<Arc<Pack>> {
        let path = self.sharded("packs", &id.hex());
        let bytes = fs_err::read(&path)?;
        let pack = if hash(&bytes) == *id { Pack::parse(*id, Arc::new(bytes)) } else { None };
        pack.map(Arc::new).ok_or_else(|| {
            let _ = std::fs::remove_file(&path);
            StoreError::corrupt(&path)
        })
    }
}

#[cfg(test)]
mod tests;
