//! The error type of this crate. In: failures of its parts. Out: one type with a category, which says who can fix it.

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = DebianError> = std::result::Result<T, E>;

/// Why no base could be built from Debian packages.
#[derive(Debug, thiserror::Error)]
pub enum DebianError {
    /// The host's apt sources do not define where packages come from.
    #[error("no archive is known for {wanted}: {reason}")]
    NoSource {
        /// The suite, or "a Debian suite" if none was configured.
        wanted: String,
        /// What the apt sources have instead.
        reason: String,
        /// The suites of the apt sources.
        known: Vec<String>,
    },
    /// A configured repository in a form that apt does not support.
    #[error("{text:?} is no source of packages as apt has them")]
    Source {
        /// The configured text.
        text: String,
    },
    /// An architecture without a known Debian name.
    #[error("there are no Debian packages for {platform}")]
    Architecture {
        /// The requested platform.
        platform: String,
    },
    /// An archive without packages for the platform.
    #[error("{url} has no packages for {architecture}, but for {}", known.join(", "))]
    Platform {
        url: String,
        /// The requested architecture, in Debian's form.
        architecture: String,
        known: Vec<String>,
    },
    /// Keys that cannot be read.
    #[error("the keyring {keyring}: {reason}")]
    Keyring {
        /// The file, or another origin of the keys.
        keyring: String,
        /// What is wrong with the keys.
        #[source]
        reason: Cause,
    },
    /// No trusted key has signed the archive's InRelease.
    #[error("{url} is not to be trusted: {reason}")]
    Signature {
        url: String,
        /// What is wrong with each signature.
        reason: String,
        /// The keyring that was used.
        keyring: String,
    },
    /// The archive's InRelease has expired.
    #[error("{url} has expired: it was valid until {until}")]
    Expired {
        url: String,
        /// Its `Valid-Until`, as written.
        until: String,
    },
    /// An InRelease, Packages or control file without a required part.
    #[error("{file}: {reason}")]
    Document {
        /// Its URL, or a package's file name and the part of it.
        file: String,
        /// What is wrong, and where.
        #[source]
        reason: Cause,
    },
    /// Packages that conflict or do not exist.
    #[error("the packages cannot be put together: {reason}")]
    Unsatisfied {
        /// Which package needs what, and what exists.
        reason: String,
        /// What to request instead.
        remedy: Option<DebianRemedy>,
    },
    /// A locked list of packages that lacks a dependency.
    #[error("packages are missing: {reason}")]
    Incomplete {
        /// Which package needs what.
        reason: String,
    },
    /// A package's file that cannot be unpacked or is not allowed.
    #[error("{package}: {path:?}: {reason}")]
    Package {
        /// The package's file name.
        package: String,
        /// The entry in it; empty for the file itself.
        path: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// Two packages with the same path.
    #[error("{path:?} is in {first} and in {second}")]
    Conflict {
        /// The path in the image.
        path: String,
        /// The package that has it, or "the base itself".
        first: String,
        /// The package that also has it.
        second: String,
    },
    /// A file could not be read; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store, or fetching into it, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing a layer failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A path that layers cannot have.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Suggested fixes for packages that cannot be installed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DebianRemedy {
    /// Leave one of the two packages out.
    LeaveOneOut,
    /// No package has or provides the name, which may be wrong or from another suite.
    CheckName {
        /// As requested.
        name: String,
        /// Names with the same beginning and a similar length.
        alike: Vec<String>,
    },
    /// No package has the name, but packages provide it: request one of them.
    NameProvider {
        /// Their names, sorted.
        providers: Vec<String>,
    },
}

impl DebianError {
    /// Who can fix the error; determines the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Store(error) => error.category(),
            Self::Blob(error) => error.category(),
            Self::Io(error) => Category::of_io(error),
            Self::Signature { .. } | Self::Expired { .. } => Category::Outside,
            Self::Document { .. } | Self::Package { .. } | Self::Path(_) => Category::Outside,
            _ => Category::User,
        }
    }

    pub(crate) fn document(file: &str, reason: impl Into<Cause>) -> Self {
        Self::Document { file: file.into(), reason: reason.into() }
    }

    pub(crate) fn package(package: &str, path: &str, reason: impl Into<Cause>) -> Self {
        Self::Package { package: package.into(), path: path.into(), reason: reason.into() }
    }
}
