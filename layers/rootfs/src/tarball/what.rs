//! The kind of an entry in a package's data. In: an entry. Out: its kind with its values, or why packages must not
//! contain it.

use super::{TarEntry, TarKind, normalise};

/// The kinds of entries that packages may contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A directory, which packages may share.
    Directory,
    /// Its size in bytes.
    File(u64),
    Symlink(String),
    /// Another name of the file at this path of the package.
    Hardlink(String),
}

impl What {
    /// The kind of an entry.
    ///
    /// # Errors
    /// The reason: a device, or a hard link without a target in the package.
    pub fn of(entry: &TarEntry) -> Result<What, &'static str> {
        match entry.kind {
            TarKind::Directory => Ok(What::Directory),
            TarKind::File => Ok(What::File(entry.size)),
            TarKind::Symlink => Ok(What::Symlink(entry.target.clone())),
            TarKind::Hardlink => match normalise(&entry.target)? {
                Some(target) => Ok(What::Hardlink(target)),
                None => Err("it is a hard link to the root"),
            },
            TarKind::Other => Err("packages must not contain this kind of entry"),
        }
    }
}
