//! The files and links of one package as a fragment. Comes in: the package's file, the place and metadata of each of its items.
//! Goes out: tar entries; the file is read again when they are written, and no content is held in memory.

use std::io::{Read, Write};

use fourply_blob::{BlobError, Fragment, Key, Meta, TarWriter};

use super::WrittenPath;
use crate::tarball::{TarEntry, TarKind, What};

/// A package's file, which can be read again and again.
pub trait Opens: Send + Sync {
    /// Starts reading its items.
    ///
    /// # Errors
    /// Where the file cannot be opened, or is no package any more.
    fn open(&self) -> Result<Box<dyn PackageMembers>, BlobError>;

    /// The error where the file has become another since its items were counted.
    fn changed(&self, path: &str) -> BlobError;
}

/// The items of a package, one after the other.
pub trait PackageMembers {
    /// The next one; `None` at the end.
    ///
    /// # Errors
    /// Where the file breaks off.
    fn next_item(&mut self) -> Result<Option<TarEntry>, BlobError>;

    /// The content of the item at hand.
    fn body(&mut self) -> Box<dyn Read + '_>;
}

/// A package's file with the place of each of its items.
pub struct PackageFragment<P> {
    package: P,
    key: Key,
    places: Vec<Option<WrittenPath>>,
    metas: Vec<Meta>,
    size: u64,
}

impl<P: Opens> PackageFragment<P> {
    /// `kinds` and `metas` are the items', in the order of `places`; `key` is over all that decides the bytes.
    pub fn new<'w>(
        package: P,
        key: Key,
        places: Vec<Option<WrittenPath>>,
        kinds: impl Iterator<Item = &'w What>,
        metas: Vec<Meta>,
    ) -> Self {
        let written = kinds.zip(&places).filter(|(_, place)| place.is_some());
        let size = written.map(|(what, _)| if let What::File(size) = what { size + 1024 } else { 512 }).sum();
        Self { package, key, places, metas, size }
    }
}

impl<P: Opens> Fragment for PackageFragment<P> {
    fn key(&self) -> Key {
        self.key
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        let mut contents = self.package.open()?;
        let mut items = self.places.iter().zip(&self.metas);
        while let Some(entry) = contents.next_item()? {
            let (place, meta) = items.next().ok_or_else(|| self.package.changed(&entry.path))?;
            let Some(WrittenPath { path, link }) = place else { continue };
            match (link, entry.kind) {
                (Some(link), _) => tar.hardlink(path, meta, link)?,
                (None, TarKind::Symlink) => tar.symlink(path, meta, &entry.target)?,
                (None, _) => tar.file(path, meta, entry.size, &mut contents.body())?,
            }
        }
        Ok(())
    }

    fn size_hint(&self) -> u64 {
        self.size
    }
}
