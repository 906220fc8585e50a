//! The error type of this crate. In: failures of its parts, with the image, layer or file. Out: one type with a
//! category, which says who can fix it. Errors of lower crates are kept as sources.

use fourply_apk::ApkError;
use fourply_blob::{BlobError, Category, Cause, Digest, PathError};
use fourply_deb::DebianError;
use fourply_platform::{Platform, PlatformError};
use fourply_rootfs::RootfsError;
use fourply_store::StoreError;

use crate::account_conflict::AccountConflict;
use crate::node::NodeError;
use crate::refusal::Refusal;

/// The result of everything in this crate.
pub type Result<T, E = BaseError> = std::result::Result<T, E>;

/// Why no base could be made.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// An invalid setting, as its author wrote it.
    #[error("{text:?} is no {what}: {reason}")]
    Setting {
        /// The kind of setting: "image", "platform", "user".
        what: &'static str,
        /// The text as configured.
        text: String,
        /// What is wrong with the text.
        #[source]
        reason: Cause,
    },
    /// The image does not support the platform of the build.
    #[error("{image} is not there for {wanted}; it has {}", platforms(found))]
    NoPlatform {
        image: String,
        /// The requested platform.
        wanted: Box<Platform>,
        /// The platforms in the index, in order.
        found: Vec<Platform>,
    },
    /// The image's own configuration, or the machine code in it, is for another platform.
    #[error("{image} is for {found}, not for {wanted} ({evidence})")]
    OtherPlatform {
        image: String,
        /// The requested platform.
        wanted: Box<Platform>,
        /// The actual platform.
        found: String,
        /// Where it was read.
        evidence: String,
    },
    /// The layout or archive has no image of that name.
    #[error("{}", no_reference(image, reference, found))]
    NoReference {
        /// The layout or archive.
        image: String,
        /// The requested name; empty if none was requested and there are several.
        reference: String,
        /// The available names.
        found: Vec<String>,
    },
    /// A known but unsupported image: schema 1, foreign layers, an artifact.
    #[error("{image}: {reason} cannot be used as a base")]
    Refused {
        image: String,
        /// The unsupported feature.
        reason: Refusal,
    },
    /// A document (index, manifest, configuration) or archive with invalid content.
    #[error("{image}: {what}: {reason}")]
    Malformed {
        /// The image's or file's name.
        image: String,
        /// The part.
        what: String,
        /// What is wrong with the part.
        #[source]
        reason: Cause,
    },
    /// Bytes that do not match their digest.
    #[error("{image}: {what} should be {expected} but is {actual}")]
    Mismatch {
        /// The image's or file's name.
        image: String,
        /// The part.
        what: String,
        /// The expected digest (or size).
        expected: String,
        /// The actual digest (or size).
        actual: String,
    },
    /// Two conflicting accounts.
    #[error("user {user}: {reason}")]
    Account {
        /// The user as configured.
        user: String,
        /// The conflict.
        reason: AccountConflict,
    },
    /// An image source of another crate (a registry) failed.
    #[error("{image}: {cause}")]
    Source {
        image: String,
        /// The source's category.
        category: Category,
        #[source]
        cause: Cause,
    },
    /// Packages whose scripts are not run, not understood and not accepted.
    #[error("these packages have scripts that are not run: {}", crate::notice::listed(packages))]
    Scripts {
        /// Sorted by name.
        packages: Vec<fourply_rootfs::packages::UnrunScripts>,
        /// The accepted packages.
        accepted: Vec<String>,
    },
    /// A locked value that does not match its result.
    #[error("the {what} {locked} is locked, but {by} {found}")]
    Locked {
        /// The locked value's kind: "suite".
        what: &'static str,
        locked: String,
        /// The origin of the other value: "the base is".
        by: &'static str,
        found: String,
    },
    /// A file could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store, or fetching into it, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An invalid platform.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// A layer or archive that cannot be read or is not allowed.
    #[error(transparent)]
    Rootfs(#[from] RootfsError),
    #[error(transparent)]
    Apk(#[from] ApkError),
    #[error(transparent)]
    Debian(#[from] DebianError),
    /// npm's Node.js failed.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Writing a layer failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A path that layers cannot have.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl BaseError {
    /// Who can fix the error; determines the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Source { category, .. } => *category,
            Self::Io(error) => Category::of_io(error),
            Self::Store(error) => error.category(),
            Self::Blob(error) => error.category(),
            Self::Rootfs(error) => error.category(),
            Self::Apk(error) => error.category(),
            Self::Debian(error) => error.category(),
            Self::Node(error) => error.category(),
            Self::Path(_) => Category::Internal,
            _ => Category::User,
        }
    }

    pub(crate) fn malformed(image: &str, what: impl Into<String>, reason: impl Into<Cause>) -> Self {
        Self::Malformed { image: image.into(), what: what.into(), reason: reason.into() }
    }

    pub(crate) fn mismatch(image: &str, what: impl Into<String>, expected: &Digest, actual: &Digest) -> Self {
        Self::Mismatch {
            image: image.into(),
            what: what.into(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }
    }
}

fn platforms(found: &[Platform]) -> String {
    listed(&found.iter().map(Platform::to_string).collect::<Vec<_>>())
}

fn no_reference(image: &str, reference: &str, found: &[String]) -> String {
    match (reference.is_empty(), found.is_empty()) {
        (true, true) => format!("{image} has several images, and none of them has a name"),
        (true, false) => format!("{image} has several images: {}", listed(found)),
        (false, _) => format!("{image} has no image {reference:?}; it has {}", listed(found)),
    }
}

fn listed(found: &[String]) -> String {
    if found.is_empty() { "none at all".into() } else { found.join(", ") }
}
