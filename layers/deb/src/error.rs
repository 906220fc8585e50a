//! What can go wrong between a Debian archive and a layer. Comes in: what the parts of this crate noticed. Goes out: one
//! type with a category (whose fault it is).

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = DebianError> = std::result::Result<T, E>;

/// Why no base could be made of Debian's packages.
#[derive(Debug, thiserror::Error)]
pub enum DebianError {
    /// The machine's apt sources do not say where packages come from.
    #[error("no archive is known for {wanted}: {reason}")]
    NoSource {
        /// The suite, or "a Debian suite" where none was asked for.
        wanted: String,
        /// What the apt sources have instead.
        reason: String,
        /// The suites of the apt sources.
        known: Vec<String>,
    },
    /// A repository that was named in a form that apt does not have.
    #[error("{text:?} is no source of packages as apt has them")]
    Source {
        /// The text as it was given.
        text: String,
    },
    /// An architecture that Debian's name is not known of.
    #[error("there are no Debian packages for {platform}")]
    Architecture {
        /// The platform as it was asked for.
        platform: String,
    },
    /// An archive that has nothing for the platform.
    #[error("{url} has no packages for {architecture}, but for {}", known.join(", "))]
    Platform {
        url: String,
        /// What was asked for, in Debian's word.
        architecture: String,
        known: Vec<String>,
    },
    /// Keys that cannot be read.
    #[error("the keyring {keyring}: {reason}")]
    Keyring {
        /// Its file, or what else it was taken from.
        keyring: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// The archive's InRelease is not signed by anybody who is trusted.
    #[error("{url} is not to be trusted: {reason}")]
    Signature {
        url: String,
        /// What is wrong with its signatures, one by one.
        reason: String,
        /// The keyring that was looked into.
        keyring: String,
    },
    /// The archive's InRelease says itself that it is too old.
    #[error("{url} has expired: it was valid until {until}")]
    Expired {
        url: String,
        /// Its `Valid-Until`, as it is written.
        until: String,
    },
    /// An InRelease, Packages or control file without what it must have.
    #[error("{file}: {reason}")]
    Document {
        /// Its URL, or a package's file name and the part of it.
        file: String,
        /// What is wrong, and where.
        #[source]
        reason: Cause,
    },
    /// Packages that do not go together, or are not there.
    #[error("the packages cannot be put together: {reason}")]
    Unsatisfied {
        /// Which package needs what, and what there is.
        reason: String,
        /// What could be asked for instead.
        remedy: Option<DebianRemedy>,
    },
    /// Packages that were named before, as by a lock file, and are not all that they need.
    #[error("packages are missing: {reason}")]
    Incomplete {
        /// Which package needs what.
        reason: String,
    },
    /// A package's file that cannot, or must not, be unpacked.
    #[error("{package}: {path:?}: {reason}")]
    Package {
        /// The package's file name.
        package: String,
        /// The entry in it; empty where it is the file itself.
        path: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// Two packages that have one path.
    #[error("{path:?} is in {first} and in {second}")]
    Conflict {
        /// The path in the image.
        path: String,
        /// The package that has it, or "the base itself".
        first: String,
        /// The package that wants it too.
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
    /// A path that no layer may hold.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// What can be done about packages that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DebianRemedy {
    /// Leave one of the two packages out.
    LeaveOneOut,
    /// Nothing has or provides the name, which may be wrong or of another suite.
    CheckName {
        /// As it was asked for.
        name: String,
        /// Names that begin as it does and are about as long.
        alike: Vec<String>,
    },
    /// Nothing has the name, but packages provide it: name one of them.
    NameProvider {
        /// Their names, sorted.
        providers: Vec<String>,
    },
}

impl DebianError {
    /// Whose fault it is: decides the exit code.
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
