//! What an entry of a package's data is. In: an entry. Out: its kind with what belongs to it, or why no package may have it.

use super::{TarEntry, TarKind, normalise};

/// The kinds that packages may have.
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
    /// What an entry is.
    ///
    /// # Errors
    /// The reason: a device, or a hard link that leads nowhere in the package.
    pub fn of(entry: &TarEntry) -> Result<What, &'static str> {
        match entry.kind {
            TarKind::Directory => Ok(What::Directory),
            TarKind::File => Ok(What::File(entry.size)),
            TarKind::Symlink => Ok(What::Symlink(entry.target.clone())),
            TarKind::Hardlink => match normalise(&entry.target)? {
                Some(target) => Ok(What::Hardlink(target)),
                None => Err("it is a hard link to the root"),
            },
            TarKind::Other => Err("it is nothing that a package may have"),
        }
    }
}
