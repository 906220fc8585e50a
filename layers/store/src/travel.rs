//! Export from a store and import into another. Out: entries by kind and name, as files. In: bytes with a name, checked
//! against it before they are stored. A tarball is checked against its integrity, and its pack is built from it. Packs
//! and pieces of layers are checked against their hashes. Records and pointers are checked against the checksums in
//! them. These show that the bytes are intact, not that they are true: their content is a claim of the other store's
//! owner. This module must not know how entries are transported.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use fourply_blob::Key;

use crate::pieces::sound;
use crate::sealed::unseal;
use crate::sound::is_sound;
use crate::{Integrity, Limits, PackBuilder, Result, Store, StoreError, read_tarball};

/// An entry of a store: its kind (`packs`, `records/layer`) and its name, which is the last part of its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreEntry {
    /// The folder of its kind.
    pub kind: String,
    /// A hash in hexadecimal digits. For a tarball, its integrity with `_` for `/` and `,` for a space.
    pub name: String,
}

/// The kind of tarballs.
const TARBALLS: &str = "tarballs";

impl StoreEntry {
    /// The tarball of a package.
    pub fn tarball(integrity: &Integrity) -> StoreEntry {
        let name = integrity.to_string().replace('/', "_").replace(' ', ",");
        StoreEntry { kind: TARBALLS.to_owned(), name }
    }

    /// Reads `kind/name`.
    pub fn parse(text: &str) -> Option<StoreEntry> {
        let (kind, name) = text.rsplit_once('/')?;
        let record = kind.strip_prefix("records/").is_some_and(|kind| {
            !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        });
        let known = record || [TARBALLS, "packs", "derived", "fragments"].contains(&kind);
        let hex = name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let entry = StoreEntry { kind: kind.to_owned(), name: name.to_owned() };
        let named = if kind == TARBALLS { entry.integrity().is_some() } else { hex };
        (known && named).then_some(entry)
    }

    fn integrity(&self) -> Option<Integrity> {
        self.name.replace('_', "/").replace(',', " ").parse().ok()
    }
}

impl fmt::Display for StoreEntry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind, self.name)
    }
}

impl Store {
    /// The path of an entry, if the store has it.
    pub fn entry_path(&self, entry: &StoreEntry) -> Option<PathBuf> {
        let path = match (entry.kind.as_str(), entry.integrity()) {
            (TARBALLS, Some(integrity)) => self.find(TARBALLS, &integrity.key().hex()),
            _ => self.find(&entry.kind, &entry.name),
        };
        path.is_file().then_some(path)
    }

    /// The path of an entry that matches its name. A damaged entry is removed.
    pub fn sound_entry(&self, entry: &StoreEntry) -> Option<PathBuf> {
        let path = self.entry_path(entry)?;
        let sound = match entry.integrity().filter(|_| entry.kind == TARBALLS) {
            Some(integrity) => std::fs::read(&path).is_ok_and(|bytes| integrity.verify("", &bytes).is_ok()),
            None => is_sound(&entry.kind, &path),
        };
        if !sound {
            self.damaged(&entry.kind, &path);
        }
        sound.then_some(path)
    }

    pub(crate) fn tarball_place(&self, integrity: &Integrity) -> PathBuf {
        self.sharded(TARBALLS, &integrity.key().hex())
    }

    /// Stores a tarball whose bytes were verified.
    pub(crate) fn keep_tarball(&self, integrity: &Integrity, mut bytes: impl Read) -> Result<()> {
        let place = self.tarball_place(integrity);
        if place.is_file() {
            return Ok(());
        }
        let mut file = tempfile::NamedTempFile::new_in(self.tmp())?;
        std::io::copy(&mut bytes, &mut file)?;
        self.persist(file, &place)
    }

    /// Whether the store has everything that this entry contains.
    ///
    /// # Errors
    /// None at present.
    pub fn has_entry(&self, entry: &StoreEntry) -> Result<bool> {
        let usable = match entry.integrity().filter(|_| entry.kind == TARBALLS) {
            Some(integrity) => self.pack_for(&integrity)?.is_some(),
            None => true,
        };
        Ok(usable && self.entry_path(entry).is_some())
    }

    /// Imports an entry of another store. Returns whether it was imported. A record or a pointer without its own
    /// checksum is skipped: stores of an older version have such.
    ///
    /// # Errors
    /// If the bytes do not match the name, or cannot be stored.
    pub fn take_entry(&self, entry: &StoreEntry, bytes: &[u8]) -> Result<bool> {
        let well_formed = match entry.kind.as_str() {
            TARBALLS => return self.take_tarball(entry, bytes).map(|()| true),
            "packs" => Key::of(bytes).hex() == entry.name,
            "fragments" => entry.name.parse().is_ok_and(|key| sound(&key, bytes).is_some()),
            kind if unseal(kind, &entry.name, bytes).is_none() => return Ok(false),
            _ => true,
        };
        if !well_formed {
            return Err(mismatch(entry, bytes));
        }
        self.write(&self.sharded(&entry.kind, &entry.name), bytes)?;
        // Opening a pack verifies it, and removes a damaged one.
        let whole = match (entry.kind.as_str(), entry.name.parse::<Key>()) {
            ("packs", Ok(key)) => self.open_pack(&key).is_ok(),
            (_, parsed) => parsed.is_ok(),
        };
        if whole { Ok(true) } else { Err(mismatch(entry, bytes)) }
    }

    /// The pack is built from the tarball, never imported from the other store: only then does the integrity cover it.
    fn take_tarball(&self, entry: &StoreEntry, bytes: &[u8]) -> Result<()> {
        let integrity = entry.integrity().ok_or_else(|| mismatch(entry, bytes))?;
        integrity.verify(&entry.to_string(), bytes)?;
        if self.pack_for(&integrity)?.is_none() {
            let pack = read_tarball(&entry.name, bytes, Limits::default(), PackBuilder::spooling(self))?
                .save(self)?;
            self.record_source(&integrity, &pack)?;
        }
        self.keep_tarball(&integrity, bytes)
    }
}

fn mismatch(entry: &StoreEntry, bytes: &[u8]) -> StoreError {
    StoreError::Mismatch {
        what: entry.to_string(),
        expected: entry.name.clone(),
        found: format!("{} bytes that are not of that name", bytes.len()),
    }
}

#[cfg(test)]
mod tests;
