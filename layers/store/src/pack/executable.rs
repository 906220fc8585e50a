//! The users who may execute a file of a package. pnpm versions differ in whether any x bit is enough.
//!
//! In: a mode. Out: [`ExecutableBy`], and its kind in an archive's index.

/// The users who may execute a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutableBy {
    /// Nobody.
    Nobody,
    /// The owner, the group or others, but not all of them.
    Some,
    /// All of them.
    Everybody,
}

impl ExecutableBy {
    /// From a file's mode.
    pub fn of_mode(mode: u32) -> ExecutableBy {
        match mode & 0o111 {
            0 => ExecutableBy::Nobody,
            0o111 => ExecutableBy::Everybody,
            _ => ExecutableBy::Some,
        }
    }

    pub(crate) fn kind(self) -> char {
        match self {
            ExecutableBy::Nobody => 'f',
            ExecutableBy::Some => 'p',
            ExecutableBy::Everybody => 'x',
        }
    }
}

impl From<bool> for ExecutableBy {
    fn from(executable: bool) -> ExecutableBy {
        if executable { ExecutableBy::Everybody } else { ExecutableBy::Nobody }
    }
}
