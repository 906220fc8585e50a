//! Builds a package archive. In: entries in any order. Out: one file in the store, with the entries sorted by path.

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

/// Collects the entries of an archive.
#[derive(Debug, Default)]
pub struct PackBuilder {
    entries: BTreeMap<String, (char, EntryContent)>,
    spool: Option<Spool>,
}

/// The location of an entry's bytes until the archive is written.
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

/// Contents in sequence: the first [`IN_MEMORY`] bytes in memory, the rest in a file.
#[derive(Debug)]
struct Spool {
    file: SpooledTempFile,
    end: u64,
}

/// The most bytes of a spool that stay in memory.
const IN_MEMORY: usize = 1 << 20;

/// A file whose content is written in pieces.
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
    /// Appends to the file's content.
    ///
    /// # Errors
    /// If it cannot be written.
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
    /// An empty archive, kept in memory until it is saved.
    pub fn new() -> PackBuilder {
        PackBuilder::default()
    }

    /// An empty archive. Contents go to a file of the store, except for small packages.
    pub fn spooling(store: &Store) -> PackBuilder {
        let file = tempfile::spooled_tempfile_in(IN_MEMORY, store.tmp());
        PackBuilder { entries: BTreeMap::new(), spool: Some(Spool { file, end: 0 }) }
    }

    /// Adds an empty file to be written to; otherwise like [`PackBuilder::add_file`].
    ///
    /// # Errors
    /// Those of [`PackBuilder::add_file`].
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

    /// Adds a file. An existing path is replaced, as in npm's extraction.
    ///
    /// # Errors
    /// If a layer cannot have the path: absolute, `..`, a NUL, `.wh.`.
    pub fn add_file(&mut self, path: &str, executable: bool, bytes: Vec<u8>) -> Result<()> {
        if self.spool.is_some() {
            return self.begin_file(path, executable)?.write(&bytes);
        }
        self.add(path, ExecutableBy::from(executable).kind(), bytes)
    }

    /// Adds a file with the content of a reader.
    ///
    /// # Errors
    /// Those of [`PackBuilder::add_file`] and of the reader.
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
    /// Those of [`PackBuilder::add_file`], or if the target is absolute or leads out of the archive.
    pub fn add_symlink(&mut self, path: &str, target: &str) -> Result<()> {
        check_target(path, target)?;
        self.add(path, 'l', target.as_bytes().to_vec())
    }

    fn add(&mut self, path: &str, kind: char, bytes: Vec<u8>) -> Result<()> {
        check_path(path)?;
        self.entries.insert(path.to_owned(), (kind, EntryContent::Memory(bytes)));
        Ok(())
    }

    /// Stores the archive, and opens it.
    ///
    /// # Errors
    /// Those of [`PackBuilder::save`].
    pub fn finish(self, store: &Store) -> Result<Arc<Pack>> {
        store.open_pack(&self.save(store)?)
    }

    /// Stores the archive. Each content is freed after it is written, so no second copy of a large package is in
    /// memory.
    ///
    /// # Errors
    /// If an entry is below another entry that is not a folder, or the archive cannot be written.
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
        // The existing file of that name may be damaged. Processes that read it have it open.
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

    /// Everything before the contents.
    fn head(&self) -> Result<Vec<u8>> {
        let mut head = MAGIC.to_vec();
        head.resize(HEAD, 0);
        // Entry by entry, because a package may have very many.
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

/// Whether this file is a package manifest, which is read as a whole.
pub(crate) fn is_manifest(path: &str) -> bool {
    path == "package.json" || path.ends_with("/package.json")
}
