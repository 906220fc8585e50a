//! What can go wrong between an Alpine repository and a layer. Comes in: what the parts of this crate noticed. Goes out: one
//! type with a category (whose fault it is).

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = ApkError> = std::result::Result<T, E>;

/// Why no base could be made of Alpine's packages.
#[derive(Debug, thiserror::Error)]
pub enum ApkError {
    /// Nothing says where packages come from, or what may sign them.
    #[error("no {what} is known for Alpine's packages: {reason}")]
    NoSource {
        /// "repository" or "key".
        what: &'static str,
        /// Where one was looked for.
        reason: String,
        /// Whether the packages are for a base, which decides where it is to be written.
        on_base: bool,
        /// Of Alpine, such as v3.22: what is to be written.
        release: String,
    },
    /// A setting that cannot be understood.
    #[error("{text:?} is no {what}: {reason}")]
    Setting {
        /// The kind of thing it was to be.
        what: &'static str,
        /// The text as it was given.
        text: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// An architecture that Alpine's name is not known of.
    #[error("there are no Alpine packages for {platform}")]
    Architecture {
        /// The platform as it was asked for.
        platform: String,
    },
    /// An index for another architecture.
    #[error("{url} has packages for {found}, not for {architecture}")]
    OtherArchitecture {
        url: String,
        /// What was asked for, in Alpine's word.
        architecture: String,
        found: String,
    },
    /// An index or package that nobody signed who is trusted.
    #[error("{file} is not to be trusted: {reason}")]
    Signature {
        /// Its URL or file name.
        file: String,
        /// What is wrong with its signatures.
        reason: String,
        /// The keys that were looked into.
        keys: String,
    },
    /// A file of apk's version 3.
    #[error("{file} is in the form of apk version 3 (ADB, {schema}), which is not supported")]
    Adb {
        /// Its URL or file name.
        file: String,
        /// Its kind: "an index", "a package".
        schema: String,
    },
    /// An index, package or database without what it must have.
    #[error("{file}: {reason}")]
    Document {
        /// Its URL, or a package's file name and the part of it.
        file: String,
        /// What is wrong, and where.
        #[source]
        reason: Cause,
    },
    /// Packages that do not go together, or are not there.
    #[error("unable to select packages:\n{reason}")]
    Unsatisfied {
        /// In the form of apk: each package with what it breaks.
        reason: String,
        /// A name that was asked for and that nothing has, with names that begin as it does and are about as long.
        absent: Option<(String, Vec<String>)>,
    },
    /// Packages that were named before, as by a lock file, and are not all that they need.
    #[error("packages are missing: {}", missing.join(", "))]
    Incomplete {
        /// What is missing, each with who needs it.
        missing: Vec<String>,
    },
    /// What was asked for would change what the base has.
    #[error("the base would have to change: {reason}")]
    Changes {
        /// The packages, from which version to which.
        reason: String,
    },
    /// A package's file that is not the one that the index speaks of, or cannot, or must not, be unpacked.
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
    #[error("{path:?} is in {first} and in {second}, and neither replaces the other")]
    Conflict {
        /// The path in the image.
        path: String,
        /// The package that has it, or "the base itself".
        first: String,
        /// The package that wants it too.
        second: String,
    },
    /// A protected file that cannot be told to be as its package had it.
    #[error(
        "{package} brings {path:?}, which is protected, and whether the base's was changed cannot be told"
    )]
    Protected {
        /// The path in the image.
        path: String,
        /// The package's file name.
        package: String,
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

impl ApkError {
    /// Whose fault it is: decides the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Store(error) => error.category(),
            Self::Blob(error) => error.category(),
            Self::Io(_) | Self::Signature { .. } | Self::Document { .. } => Category::Outside,
            Self::Package { .. } | Self::Path(_) => Category::Outside,
            _ => Category::User,
        }
    }

    pub(crate) fn document(file: &str, reason: impl Into<Cause>) -> Self {
        Self::Document { file: file.into(), reason: reason.into() }
    }

    pub(crate) fn package(package: &str, path: &str, reason: impl Into<Cause>) -> Self {
        Self::Package { package: package.into(), path: path.into(), reason: reason.into() }
    }

    pub(crate) fn setting(what: &'static str, text: &str, reason: impl Into<Cause>) -> Self {
        Self::Setting { what, text: text.into(), reason: reason.into() }
    }
}
