//! Errors about npm's Node.js for a base.

use fourply_blob::{BlobError, Category, Cause};
use fourply_store::StoreError;

/// Why there is no node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// npm has no Node.js for the platform.
    #[error("npm has no node for {platform}")]
    Platform {
        /// The requested platform.
        platform: String,
    },
    /// An invalid version.
    #[error("{text:?} is no version of node: {reason}")]
    Version {
        /// The requested version.
        text: String,
        /// What is wrong with the text.
        #[source]
        reason: Cause,
    },
    /// No version matches the range.
    #[error("no version of {package} is {range}; the latest are {latest}")]
    NoVersion {
        package: String,
        /// The requested range.
        range: String,
        /// Some available versions.
        latest: String,
    },
    /// A locked version that does not satisfy the request.
    #[error("node {locked} is locked, but {wanted} is asked for")]
    Unfit {
        locked: String,
        /// The requested version.
        wanted: String,
    },
    /// A package whose content has another version than its metadata.
    #[error("node {said} is locked, but the package with that checksum is node {is}")]
    OtherVersion {
        /// The version in the metadata.
        said: String,
        /// The version in the package.
        is: String,
    },
    /// The base lacks a library that this Node.js needs.
    #[error("node {version} needs {library}, and the base lacks it")]
    Library { version: String, library: String },
    /// A package without the program.
    #[error("{package} has no {path}")]
    Incomplete {
        /// The package with its version.
        package: String,
        path: String,
    },
    /// A package file that cannot be read.
    #[error("{package}: {reason}")]
    Tarball {
        /// The package with its version.
        package: String,
        /// What is wrong with the file.
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
    /// Who can fix the error; determines the exit code.
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
