//! The files and links of one package as a fragment. In: the package's file, the location and metadata of each item.
//! Out: tar entries. The file is read again when they are written, and no content stays in memory.

use std::io::{Read, Write};

use fourply_blob::{BlobError, Fragment, Key, Meta, TarWriter};

use super::WrittenPath;
use crate::tarball::{TarEntry, TarKind, What};

/// A package's file, which can be read repeatedly.
pub trait Opens: Send + Sync {
    /// Starts reading its items.
    ///
    /// # Errors
    /// The file cannot be opened, or is no longer a package.
    fn open(&self) -> Result<Box<dyn PackageMembers>, BlobError>;

    /// The error if the file changed after its items were counted.
    fn changed(&self, path: &str) -> BlobError;
}

/// The items of a package, in order.
pub trait PackageMembers {
    /// The next one; `None` at the end.
    ///
    /// # Errors
    /// The file is truncated.
    fn next_item(&mut self) -> Result<Option<TarEntry>, BlobError>;

    /// The content of the current item.
    fn body(&mut self) -> Box<dyn Read + '_>;
}

/// A package's file with the location of each item.
pub struct PackageFragment<P> {
    package: P,
    key: Key,
    places: Vec<Option<WrittenPath>>,
    metas: Vec<Meta>,
    size: u64,
}

impl<P: Opens> PackageFragment<P> {
    /// `kinds` and `metas` belong to the items, in the order of `places`; `key` covers every input of the bytes.
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
