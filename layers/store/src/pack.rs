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

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use fourply_blob::{Key, LayerPath};
use serde::{Deserialize, Serialize};

use crate::{Result, Store, StoreError, atomic};

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
                _ => PackKind::Symlink { target: String::from_utf8(bytes.get(at..end)?.to_vec()).ok()? },
            };
            entries.push(PackEntry { path, kind, range: at..end });
            at = end;
        }
        (at == bytes.len()).then_some(Pack { id, bytes, entries })
    }
}

#[derive(Serialize, Deserialize)]
struct IndexEntry(String, char, u64);

/// Gathers the entries of a pack.
#[derive(Debug, Default)]
pub struct PackBuilder {
    entries: BTreeMap<String, (char, Vec<u8>)>,
}

impl PackBuilder {
    /// An empty pack.
    pub fn new() -> PackBuilder {
        PackBuilder::default()
    }

    /// Adds a file. A path that is there already is replaced, as npm's extraction does.
    ///
    /// # Errors
    /// Where the path could not stand in a layer: absolute, `..`, a NUL, `.wh.`.
    pub fn add_file(&mut self, path: &str, executable: bool, bytes: Vec<u8>) -> Result<()> {
        self.add(path, if executable { 'x' } else { 'f' }, bytes)
    }

    /// Adds a symbolic link; `target` is relative to the link's folder.
    ///
    /// # Errors
    /// As [`PackBuilder::add_file`], and where the target is absolute or leads out of the pack.
    pub fn add_symlink(&mut self, path: &str, target: &str) -> Result<()> {
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
        self.add(path, 'l', target.as_bytes().to_vec())
    }

    fn add(&mut self, path: &str, kind: char, bytes: Vec<u8>) -> Result<()> {
        LayerPath::new(path)
            .map_err(|error| StoreError::Path { path: path.to_owned(), reason: error.to_string() })?;
        self.entries.insert(path.to_owned(), (kind, bytes));
        Ok(())
    }

    /// Keeps the pack in the store, and opens it.
    ///
    /// # Errors
    /// As [`PackBuilder::save`].
    pub fn finish(self, store: &Store) -> Result<Arc<Pack>> {
        store.open_pack(&self.save(store)?)
    }

    /// Keeps the pack in the store. Each content is let go as it is written, so no second copy of a large package is in memory.
    ///
    /// # Errors
    /// Where one entry lies below another that is no folder, or the pack cannot be written.
    pub fn save(self, store: &Store) -> Result<Key> {
        self.check_parents()?;
        let head = self.head()?;
        let mut file = tempfile::NamedTempFile::new_in(store.tmp())?;
        let mut hasher = blake3::Hasher::new();
        let contents = self.entries.into_values().map(|(_, bytes)| bytes);
        for bytes in std::iter::once(head).chain(contents) {
            file.write_all(&bytes)?;
            hasher.update(&bytes);
        }
        let id = Key::from_bytes(*hasher.finalize().as_bytes());
        let path = store.sharded("packs", &id.hex());
        if !path.is_file() {
            atomic::persist(file, &path)?;
        }
        Ok(id)
    }

    fn check_parents(&self) -> Result<()> {
        for path in self.entries.keys() {
            for (index, _) in path.match_indices('/') {
                let above = path.get(..index).unwrap_or_default();
                if self.entries.contains_key(above) {
                    let reason = format!("{above:?} is no folder");
                    return Err(StoreError::Path { path: path.clone(), reason });
                }
            }
        }
        Ok(())
    }

    /// All before the contents.
    fn head(&self) -> Result<Vec<u8>> {
        let index: Vec<IndexEntry> = self
            .entries
            .iter()
            .map(|(path, (kind, bytes))| IndexEntry(path.clone(), *kind, bytes.len() as u64))
            .collect();
        let index = serde_json::to_vec(&index).map_err(|error| StoreError::Setting {
            message: format!("the index of a pack has no JSON form: {error}"),
        })?;
        let mut head = Vec::with_capacity(HEAD + index.len());
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&(index.len() as u64).to_le_bytes());
        head.extend_from_slice(&index);
        Ok(head)
    }
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
