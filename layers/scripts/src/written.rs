//! Files that scripts wrote, as the image has them. In: bytes, and what stands for paths of this machine. Out: a pack. It knows neither
//! which scripts ran nor where the files lie.
//!
//! A text holds the image's paths where it held this machine's, so that it is the same on every machine. A folder with machine code, as
//! generators leave it with one file for each platform that was asked for, has to have some for the platform that the image is for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Key;
use fourply_pnpm::Target;
use fourply_store::{PackBuilder, Store, StoreError};

use crate::elf;
use crate::{Result, ScriptsError};

/// Paths of this machine, each with what the image has in its place, in the order in which they are replaced.
#[derive(Debug, Clone, Default)]
pub struct Places(pub Vec<(PathBuf, String)>);

impl Places {
    /// A file's content as the image has it: of a text, with other paths.
    pub fn content(&self, bytes: Vec<u8>) -> Vec<u8> {
        let text = !bytes.contains(&0);
        if text { self.replaced(&bytes).into_owned() } else { bytes }
    }

    /// What to say of a file that keeps one of this machine's paths, as it is no text.
    pub fn warning(&self, path: &str, bytes: &[u8]) -> Option<String> {
        let keeps = bytes.contains(&0) && self.are_in(bytes);
        keeps.then(|| Places::warning_of(path))
    }

    /// The same of a file that is known to keep one.
    pub fn warning_of(path: &str) -> String {
        format!("{path} holds a path of this machine: it will differ from machine to machine")
    }

    /// Whether any of them is in the bytes.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|(from, _)| find(bytes, from.as_os_str().as_encoded_bytes()).is_some())
    }

    /// The path of a file. make keeps its notes below the whole path of what it made.
    pub fn path(&self, path: &str) -> String {
        match self.replaced(path.as_bytes()) {
            Cow::Borrowed(_) => path.to_owned(),
            Cow::Owned(bytes) => String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned()),
        }
    }

    fn replaced<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let mut text = Cow::Borrowed(bytes);
        for (from, to) in &self.0 {
            if let Some(changed) = replace(&text, from.as_os_str().as_encoded_bytes(), to.as_bytes()) {
                text = Cow::Owned(changed);
            }
        }
        text
    }
}

/// A pack of written files in the making.
pub struct Written<'a> {
    builder: PackBuilder,
    places: &'a Places,
    target: &'a Target,
    /// By folder: nothing where some binary fits the target, else the first that does not, and why.
    misfits: BTreeMap<String, Option<(String, String)>>,
    empty: bool,
}

impl<'a> Written<'a> {
    pub fn new(store: &Store, places: &'a Places, target: &'a Target) -> Written<'a> {
        let (builder, misfits) = (PackBuilder::spooling(store), BTreeMap::new());
        Written { builder, places, target, misfits, empty: true }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// A path that cannot stand in an image.
    pub fn file(&mut self, path: &str, executable: bool, bytes: Vec<u8>) -> Result<()> {
        if let Some(binary) = elf::inspect(&bytes) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let misfit = binary.check(self.target).err().map(|reason| (path.to_owned(), reason));
            match self.misfits.get_mut(folder) {
                None => drop(self.misfits.insert(folder.to_owned(), misfit)),
                Some(known) if misfit.is_none() => *known = None,
                Some(_) => {}
            }
        }
        self.empty = false;
        Ok(self.builder.add_file(&self.places.path(path), executable, self.places.content(bytes))?)
    }

    /// Adds a link. One that leads out is not taken: the answer says why.
    ///
    /// # Errors
    /// As [`Written::file`].
    pub fn link(&mut self, path: &str, target: &str) -> Result<Option<String>> {
        match self.builder.add_symlink(&self.places.path(path), target) {
            Err(StoreError::Path { reason, .. }) => Ok(Some(reason.to_string())),
            other => {
                other?;
                self.empty = false;
                Ok(None)
            }
        }
    }

    /// Keeps the pack, which is of `owner`'s scripts; nothing where it is empty.
    ///
    /// # Errors
    /// [`ScriptsError::ForeignBinary`]; a pack that cannot be written.
    pub fn save(self, store: &Store, owner: &str) -> Result<Option<Key>> {
        if let Some((path, reason)) = self.misfits.into_values().flatten().next() {
            return Err(ScriptsError::ForeignBinary { package: owner.to_owned(), path, reason });
        }
        if self.empty {
            return Ok(None);
        }
        Ok(Some(self.builder.save(store)?))
    }
}

/// `bytes` with every `from` replaced; nothing where there is none.
pub(crate) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        let (before, after) = rest.split_at_checked(at)?;
        out.extend_from_slice(before);
        out.extend_from_slice(to);
        rest = after.get(from.len()..)?;
    }
    if rest.len() == bytes.len() {
        return None;
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// Where `needle` first stands in `bytes`; nowhere if it is empty.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        if bytes.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests;
