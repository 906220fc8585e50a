//! Files that scripts wrote, in their form for the image. In: bytes, and replacements for paths of this host. Out: an
//! archive. It knows neither which scripts ran nor where the files are.
//!
//! In texts, paths of this host are replaced by those of the image, so that they are the same on every host. A folder
//! with machine code, such as a generator's output with one file for each platform, must have some for the image's
//! platform.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Key;
use fourply_pnpm::Target;
use fourply_store::{PackBuilder, Store, StoreError};

use crate::elf;
use crate::{Result, ScriptsError};

/// Paths of this host, each with its path in the image, in the order of replacement.
#[derive(Debug, Clone, Default)]
pub struct Places(pub Vec<(PathBuf, String)>);

impl Places {
    /// A file's content in its form for the image: texts with replaced paths.
    pub fn content(&self, bytes: Vec<u8>) -> Vec<u8> {
        let text = !bytes.contains(&0);
        if text { self.replaced(&bytes).into_owned() } else { bytes }
    }

    /// The warning for a binary file that contains a path of this host.
    pub fn warning(&self, path: &str, bytes: &[u8]) -> Option<String> {
        let keeps = bytes.contains(&0) && self.are_in(bytes);
        keeps.then(|| Places::warning_of(path))
    }

    /// The same for a file that is known to contain one.
    pub fn warning_of(path: &str) -> String {
        format!("{path} contains a path of this host: it will differ between hosts")
    }

    /// Whether the bytes contain any of them.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|(from, _)| find(bytes, from.as_os_str().as_encoded_bytes()).is_some())
    }

    /// The path of a file. make writes its dependency files below the full path of its outputs.
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

/// Builds an archive of written files.
pub struct Written<'a> {
    builder: PackBuilder,
    places: &'a Places,
    target: &'a Target,
    /// For each folder: `None` if a binary fits the target; otherwise the first that does not, and why.
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
    /// A path that is not valid in an image.
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

    /// Adds a link. A link out of the archive is left out: the result has the reason.
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

    /// Stores the archive, which belongs to `owner`'s scripts; `None` if it is empty.
    ///
    /// # Errors
    /// [`ScriptsError::ForeignBinary`]; an archive that cannot be written.
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

/// `bytes` with every `from` replaced; `None` if there is none.
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

/// The first position of `needle` in `bytes`; `None` if it is empty.
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
