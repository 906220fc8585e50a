//! The error type of this crate. In: failures of its parts. Out: one type with a category, which says who can fix it.

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = ApkError> = std::result::Result<T, E>;

/// Why no base could be built from Alpine packages.
#[derive(Debug, thiserror::Error)]
pub enum ApkError {
    /// No repository or key is configured.
    #[error("no {what} is known for Alpine's packages: {reason}")]
    NoSource {
        /// "repository" or "key".
        what: &'static str,
        /// Where one was searched.
        reason: String,
        /// Whether the packages are for a base, which determines where to configure it.
        on_base: bool,
        /// Alpine's release, such as v3.22, for a suggested line.
        release: String,
    },
    /// An invalid setting.
    #[error("{text:?} is no {what}: {reason}")]
    Setting {
        /// The kind of setting.
        what: &'static str,
        /// The text as configured.
        text: String,
        /// What is wrong with the text.
        #[source]
        reason: Cause,
    },
    /// An architecture without a known Alpine name.
    #[error("there are no Alpine packages for {platform}")]
    Architecture {
        /// The requested platform.
        platform: String,
    },
    /// An index for another architecture.
    #[error("{url} has packages for {found}, not for {architecture}")]
    OtherArchitecture {
        url: String,
        /// The requested architecture, in Alpine's form.
        architecture: String,
        found: String,
    },
    /// An index or package without a signature of a trusted key.
    #[error("{file} is not to be trusted: {reason}")]
    Signature {
        /// Its URL or file name.
        file: String,
        /// What is wrong with its signatures.
        reason: String,
        /// The keys that were used.
        keys: String,
    },
    /// A file of apk version 3.
    #[error("{file} is in the form of apk version 3 (ADB, {schema}), which is not supported")]
    Adb {
        /// Its URL or file name.
        file: String,
        /// Its kind: "an index", "a package".
        schema: String,
    },
    /// An index, package or database without a required part.
    #[error("{file}: {reason}")]
    Document {
        /// Its URL, or a package's file name and the part of it.
        file: String,
        /// What is wrong, and where.
        #[source]
        reason: Cause,
    },
    /// Packages that conflict or do not exist.
    #[error("unable to select packages:\n{reason}")]
    Unsatisfied {
        /// In apk's form: each package with what it breaks.
        reason: String,
        /// A requested name that no package has, with names of the same beginning and a similar length.
        absent: Option<(String, Vec<String>)>,
    },
    /// A locked list of packages that lacks a dependency.
    #[error("packages are missing: {}", missing.join(", "))]
    Incomplete {
        /// The missing packages, each with the package that needs it.
        missing: Vec<String>,
    },
    /// The request would change files of the base.
    #[error("the base would have to change: {reason}")]
    Changes {
        /// The packages, with old and new versions.
        reason: String,
    },
    /// A package's file that does not match the index, cannot be unpacked or is not allowed.
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
    #[error("{path:?} is in {first} and in {second}, and neither replaces the other")]
    Conflict {
        /// The path in the image.
        path: String,
        /// The package that has it, or "the base itself".
        first: String,
        /// The package that also has it.
        second: String,
    },
    /// A protected file for which it is unknown whether it was changed.
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
    /// A path that layers cannot have.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl ApkError {
    /// Who can fix the error; determines the exit code.
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
