//! Why a pnpm-lock.yaml cannot be used.

/// A pnpm-lock.yaml that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockfileError {
    /// Not YAML, or not the structure of its version.
    #[error("{message}")]
    Syntax {
        /// What is wrong, with line and column where known.
        message: String,
    },
    /// The file has unresolved merge conflicts.
    #[error("line {line} is a merge conflict marker")]
    Conflict {
        /// The line, from 1.
        line: usize,
    },
    /// The file does not state its format version.
    #[error("lockfileVersion is missing")]
    NoVersion,
    /// A format version that is not supported here.
    #[error("lockfileVersion must be 6.0, 6.1 or 9.0, got {found}")]
    Version {
        /// The version in the file.
        found: String,
    },
    /// The file is larger than any lockfile.
    #[error("it has {size} bytes; at most {limit} are allowed")]
    TooLarge {
        size: usize,
        /// The most bytes.
        limit: usize,
    },
    /// An entry is invalid.
    #[error("the entry {key:?} is invalid: {reason}")]
    Entry { key: String, reason: String },
}
