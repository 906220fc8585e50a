//! What can go wrong between a workspace's files and a planned tree.

use std::path::PathBuf;

/// A pnpm-lock.yaml that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockfileError {
    /// Not YAML, or not of the shape that its version has.
    #[error("{message}")]
    Syntax {
        /// What is wrong, with line and column where known.
        message: String,
    },
}

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    /// A file could not be read; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The lockfile is unusable.
    #[error("{} cannot be used", path.display())]
    Lockfile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: LockfileError,
    },
}
