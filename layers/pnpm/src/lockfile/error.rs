//! Why a pnpm-lock.yaml cannot be used.

/// A pnpm-lock.yaml that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockfileError {
    /// Not YAML, or not of the shape that its version has.
    #[error("{message}")]
    Syntax {
        /// What is wrong, with line and column where known.
        message: String,
    },
    /// A merge that was not finished.
    #[error("line {line} is a mark of a merge conflict")]
    Conflict {
        /// The line, from 1.
        line: usize,
    },
    /// No version of the format is told.
    #[error("lockfileVersion is missing")]
    NoVersion,
    /// A version of the format that is not read here.
    #[error("lockfileVersion is {found}, and 6.0, 6.1 and 9.0 are understood")]
    Version {
        /// What the file says.
        found: String,
    },
    /// Larger than any lockfile.
    #[error("it has {size} bytes, more than {limit}")]
    TooLarge {
        size: usize,
        /// The largest that is read.
        limit: usize,
    },
    /// An entry that does not make sense.
    #[error("the entry {key:?} is wrong: {reason}")]
    Entry { key: String, reason: String },
}
