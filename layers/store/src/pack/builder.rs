//! A pack in the making: entries come in any order, and go into the store as one file in the order of their paths.

use std::collections::BTreeMap;
use std::io::{BufWriter, ErrorKind, Read, Seek as _, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;

use fourply_blob::{Key, Reason};
use fourply_input::InputKind;
use serde::Serializer as _;
use tempfile::{NamedTempFile, SpooledTempFile};

use super::{ExecutableBy, HEAD, MAGIC, Pack, check_path, check_target, folders};
use crate::hashed::HashingWriter;
use crate::{Result, Store, StoreError};

/// Gathers the entries of a pack.
#[derive(Debug, Default)]
pub struct PackBuilder {
    entries: BTreeMap<String, (char, EntryContent)>,
    spool: Option<Spool>,
}

/// Where an entry's bytes are until the pack is written.
#[derive(Debug)]
enum EntryContent {
    Memory(Vec<u8>),
    Spooled(Range<u64>),
}

impl EntryContent {
    fn size(&self) -> u64 {
        match self {
            EntryContent::Memory(bytes) => bytes.len() as u64,
            EntryContent::Spooled(range) => range.end - range.start,
        }
    }
}

/// Contents one after the other, the first [`IN_MEMORY`] bytes in memory, more of them in a file.
#[derive(Debug)]
struct Spool {
    file: SpooledTempFile,
    end: u64,
}

/// How many bytes of a spool may stay in memory.
const IN_MEMORY: usize = 1 << 20;

/// A file whose content comes piece by piece.
#[derive(Debug)]
pub struct PackFile<'a> {
    content: &'a mut EntryContent,
    spool: Option<&'a mut Spool>,
    /// Of a package.json, how many values it has at most.
    values: Option<usize>,
}

/// The most values of a package.json. Each takes up to 200 bytes of memory where the file is read.
const MOST_VALUES: usize = 500_000;

impl PackFile<'_> {
    /// Adds to the file's content.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match (&mut *self.content, &mut self.spool) {
            (EntryContent::Memory(content), _) => content.extend_from_slice(bytes),
            (EntryContent::Spooled(range), Some(spool)) => {
                spool.file.write_all(bytes)?;
                spool.end += bytes.len() as u64;
                range.end = spool.end;
            }
            (EntryContent::Spooled(_), None) => {}
        }
        if let Some(values) = &mut self.values {
            InputKind::PackageJson.check("package.json", self.content.size())?;
            // Each value but the first follows one of these. Those in strings count, too: 500,000 are in no honest file.
            *values += bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
            if *values > MOST_VALUES {
                let message = format!("package.json has more than {MOST_VALUES} values");
                return Err(std::io::Error::new(ErrorKind::InvalidData, message).into());
            }
        }
        Ok(())
    }
}

impl PackBuilder {
    /// An empty pack, kept in memory until it is saved.
    pub fn new() -> PackBuilder {
        PackBuilder::default()
    }

    /// An empty pack; what files hold waits in a file of the store, but for small packages.
    pub fn spooling(store: &Store) -> PackBuilder {
        let file = tempfile::spooled_tempfile_in(IN_MEMORY, store.tmp());
        PackBuilder { entries: BTreeMap::new(), spool: Some(Spool { file, end: 0 }) }
    }

    /// Adds an empty file to be written to; otherwise as [`PackBuilder::add_file`].
    ///
    /// # Errors
    /// As [`PackBuilder::add_file`].
    pub fn begin_file(&mut self, path: &str, executable: impl Into<ExecutableBy>) -> Result<PackFile<'_>> {
        let content = match &self.spool {
            Some(spool) => EntryContent::Spooled(spool.end..spool.end),
            None => EntryContent::Memory(Vec::new()),
        };
        check_path(path)?;
        self.entries.remove(path);
        let kind = executable.into().kind();
        let (_, content) = self.entries.entry(path.to_owned()).or_insert((kind, content));
        Ok(PackFile { content, spool: self.spool.as_mut(), values: is_manifest(path).then_some(0) })
    }

    /// Adds a file. A path that is there already is replaced, as npm's extraction does.
    ///
    /// # Errors
    /// Where the path could not stand in a layer: absolute, `..`, a NUL, `.wh.`.
    pub fn add_file(&mut self, path: &str, executable: bool, bytes: Vec<u8>) -> Result<()> {
        if self.spool.is_some() {
            return self.begin_file(path, executable)?.write(&bytes);
        }
        self.add(path, ExecutableBy::from(executable).kind(), bytes)
    }

    /// Adds a file with all that a reader gives.
    ///
    /// # Errors
    /// As [`PackBuilder::add_file`], and those of the reader.
    pub fn copy_file(
        &mut self,
        path: &str,
        executable: impl Into<ExecutableBy>,
        content: &mut dyn Read,
    ) -> Result<()> {
        let mut file = self.begin_file(path, executable)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => file.write(buffer.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Adds a symbolic link; `target` is relative to the link's folder.
    ///
    /// # Errors
    /// As [`PackBuilder::add_file`], and where the target is absolute or leads out of the pack.
    pub fn add_symlink(&mut self, path: &str, target: &str) -> Result<()> {
        check_target(path, target)?;
        self.add(path, 'l', target.as_bytes().to_vec())
    }

    fn add(&mut self, path: &str, kind: char, bytes: Vec<u8>) -> Result<()> {
        check_path(path)?;
        self.entries.insert(path.to_owned(), (kind, EntryContent::Memory(bytes)));
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
    pub fn save(mut self, store: &Store) -> Result<Key> {
        self.check_parents()?;
        let file = BufWriter::with_capacity(1 << 16, NamedTempFile::new_in(store.tmp())?);
        let mut out = HashingWriter { out: file, hasher: blake3::Hasher::new() };
        out.write_all(&self.head()?)?;
        for (_, content) in self.entries.into_values() {
            match (content, &mut self.spool) {
                (EntryContent::Memory(bytes), _) => out.write_all(&bytes)?,
                (EntryContent::Spooled(range), Some(spool)) => {
                    spool.file.seek(SeekFrom::Start(range.start))?;
                    std::io::copy(&mut (&mut spool.file).take(range.end - range.start), &mut out)?;
                }
                (EntryContent::Spooled(_), None) => {}
            }
        }
        let id = Key::from_bytes(*out.hasher.finalize().as_bytes());
        let file = out.out.into_inner().map_err(|error| StoreError::Io(error.into_error()))?;
        let path = store.sharded("packs", &id.hex());
        // One of that name may be damaged; whoever reads it meanwhile has it open.
        store.persist(file, &path)?;
        Ok(id)
    }

    fn check_parents(&self) -> Result<()> {
        for path in self.entries.keys() {
            for above in folders(path) {
                if self.entries.contains_key(above) {
                    let reason = format!("{above:?} is no folder");
                    return Err(StoreError::Path { path: path.clone(), reason: reason.into() });
                }
            }
        }
        Ok(())
    }

    /// All before the contents.
    fn head(&self) -> Result<Vec<u8>> {
        let mut head = MAGIC.to_vec();
        head.resize(HEAD, 0);
        // Entry by entry: a package may have very many.
        let entries = self.entries.iter().map(|(path, (kind, content))| (path, *kind, content.size()));
        let mut json = serde_json::Serializer::new(&mut head);
        json.collect_seq(entries).map_err(|error| StoreError::Setting {
            message: Reason::because("the index of a pack has no JSON form", error).into(),
        })?;
        let length = ((head.len() - HEAD) as u64).to_le_bytes();
        if let Some(place) = head.get_mut(MAGIC.len()..HEAD) {
            place.copy_from_slice(&length);
        }
        Ok(head)
    }
}

/// Whether a file is read whole, as its package's own words.
pub(crate) fn is_manifest(path: &str) -> bool {
    path == "package.json" || path.ends_with("/package.json")
}
