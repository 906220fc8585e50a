//! Configuration files on a base: changed ones stay. In: checksums of the file that the base's package installed, of
//! the existing file, and of the new file. Out: whether the new file replaces it. The rule is dpkg's if nobody answers
//! its question (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/configure.c>, `deferred_configure_conffile`):
//! the base's file stays, and the package's is written next to it.

/// The suffix of a file next to a changed one.
const BESIDE: &str = ".dpkg-dist";

/// The decision about a configuration file whose path exists.
pub(crate) enum Conffile {
    Replaced,
    /// The base's file stays.
    Kept,
    /// The base's file stays, and the package's is written at this path.
    Beside(String),
}

impl Conffile {
    /// For an existing file; `found` is `None` if its checksum is not known.
    pub(crate) fn of(real: &str, old: Option<&str>, found: Option<&str>, new: &str) -> Self {
        match (found, old) {
            (Some(found), _) if found == new => Self::Kept,
            (Some(found), Some(old)) if found == old => Self::Replaced,
            (_, Some(old)) if old == new => Self::Kept,
            _ => Self::Beside(format!("{real}{BESIDE}")),
        }
    }

    /// For a deleted file of the base's package: it stays deleted.
    pub(crate) fn of_deleted(real: &str, old: &str, new: &str) -> Self {
        if old == new { Self::Kept } else { Self::Beside(format!("{real}{BESIDE}")) }
    }
}
