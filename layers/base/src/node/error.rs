//! Why there is no node of npm's for a base.

use fourply_blob::{BlobError, Category, Cause};
use fourply_store::StoreError;

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// npm has no node for the platform.
    #[error("npm has no node for {platform}")]
    Platform {
        /// The platform as it was asked for.
        platform: String,
    },
    /// A version that is none.
    #[error("{text:?} is no version of node: {reason}")]
    Version {
        /// The version as it was asked for.
        text: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// No version of the range.
    #[error("no version of {package} is {range}; the latest are {latest}")]
    NoVersion {
        package: String,
        /// The range as it was asked for.
        range: String,
        /// Some versions that there are.
        latest: String,
    },
    /// A version that was settled before, as by a lock file, and is not what is asked for.
    #[error("node {locked} is locked, but {wanted} is asked for")]
    Unfit {
        locked: String,
        /// The version as it is asked for.
        wanted: String,
    },
    /// A package that is not the version that it is said to be.
    #[error("node {said} is locked, but the package with that checksum is node {is}")]
    OtherVersion {
        /// What was said.
        said: String,
        /// What the package says.
        is: String,
    },
    /// A base without a library that this node needs.
    #[error("node {version} needs {library}, and the base lacks it")]
    Library { version: String, library: String },
    /// A package without the program.
    #[error("{package} has no {path}")]
    Incomplete {
        /// The package with its version.
        package: String,
        path: String,
    },
    /// A package's file that cannot be read.
    #[error("{package}: {reason}")]
    Tarball {
        /// The package with its version.
        package: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// The store, or fetching into it, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing the layer failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl NodeError {
    /// Whose fault it is: decides the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Store(error) => error.category(),
            Self::Blob(error) => error.category(),
            Self::Incomplete { .. } | Self::Tarball { .. } => Category::Outside,
            Self::Library { .. } | Self::Unfit { .. } | Self::OtherVersion { .. } => Category::User,
            Self::Platform { .. } | Self::Version { .. } | Self::NoVersion { .. } => Category::User,
        }
    }
}
