//! Configuration files on a base: those that somebody changed stay. Comes in: sums of what the base's package had installed, of what is there,
//! and of what comes. Goes out: whether the new one takes its place. As dpkg decides where nobody answers its question
//! (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/configure.c>, `deferred_configure_conffile`): the base's stays, the package's lies
//! beside it.

/// The ending of a file that lies beside the one that was changed.
const BESIDE: &str = ".dpkg-dist";

/// What becomes of a configuration file whose place is taken.
pub(crate) enum Conffile {
    Replaced,
    /// The base's file stays.
    Kept,
    /// The base's file stays, and the package's is written at this path.
    Beside(String),
}

impl Conffile {
    /// Of a file that is there; `found` is `None` where its sum is not known.
    pub(crate) fn of(real: &str, old: Option<&str>, found: Option<&str>, new: &str) -> Self {
        match (found, old) {
            (Some(found), _) if found == new => Self::Kept,
            (Some(found), Some(old)) if found == old => Self::Replaced,
            (_, Some(old)) if old == new => Self::Kept,
            _ => Self::Beside(format!("{real}{BESIDE}")),
        }
    }

    /// Of a file that the base's package had, and that somebody deleted: it stays so.
    pub(crate) fn of_deleted(real: &str, old: &str, new: &str) -> Self {
        if old == new { Self::Kept } else { Self::Beside(format!("{real}{BESIDE}")) }
    }
}
