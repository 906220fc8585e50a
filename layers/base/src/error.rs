//! What can go wrong with a base. Comes in: what the parts of this crate noticed, with the name of the image, layer or
//! file they noticed it in. Goes out: one type with a category (whose fault it is). Errors
//! of the crates below stay whole inside of it.

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
    /// A setting that cannot be understood, in the words of whoever wrote it.
    #[error("{text:?} is no {what}: {reason}")]
    Setting {
        /// The kind of thing it was to be: "image", "platform", "user".
        what: &'static str,
        /// The text as it was given.
        text: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// The image exists, but not for the platform that is built.
    #[error("{image} is not there for {wanted}; it has {}", platforms(found))]
    NoPlatform {
        image: String,
        /// What was looked for.
        wanted: Box<Platform>,
        /// What the index offers, in its order.
        found: Vec<Platform>,
    },
    /// The image's own configuration, or the machine code in it, is for another platform.
    #[error("{image} is for {found}, not for {wanted} ({evidence})")]
    OtherPlatform {
        image: String,
        /// What was looked for.
        wanted: Box<Platform>,
        /// What it is for.
        found: String,
        /// Where that was read.
        evidence: String,
    },
    /// Nothing of that name in the layout or archive.
    #[error("{}", no_reference(image, reference, found))]
    NoReference {
        /// The layout or archive.
        image: String,
        /// The name that was asked for; empty where none was and there are several.
        reference: String,
        /// The names that it has.
        found: Vec<String>,
    },
    /// An image that is understood and not taken: schema 1, foreign layers, an artifact.
    #[error("{image}: {reason} cannot be used as a base")]
    Refused {
        image: String,
        /// What it is or has.
        reason: Refusal,
    },
    /// A document (index, manifest, configuration) or archive that does not hold what it must.
    #[error("{image}: {what}: {reason}")]
    Malformed {
        /// The image's or file's name.
        image: String,
        /// Which part of it.
        what: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// Bytes that are not those their digest names.
    #[error("{image}: {what} should be {expected} but is {actual}")]
    Mismatch {
        /// The image's or file's name.
        image: String,
        /// Which part of it.
        what: String,
        /// The digest (or size) that was promised.
        expected: String,
        /// The digest (or size) that came.
        actual: String,
    },
    /// Two accounts that cannot both be.
    #[error("user {user}: {reason}")]
    Account {
        /// The user as it was asked for.
        user: String,
        /// What stands against it.
        reason: AccountConflict,
    },
    /// An image source of another crate (a registry) failed.
    #[error("{image}: {cause}")]
    Source {
        image: String,
        /// Whose fault that source says it is.
        category: Category,
        #[source]
        cause: Cause,
    },
    /// Packages whose scripts are neither run nor understood nor accepted.
    #[error("these packages have scripts that are not run: {}", crate::notice::listed(packages))]
    Scripts {
        /// By name, sorted.
        packages: Vec<fourply_rootfs::packages::UnrunScripts>,
        /// Those that are accepted.
        accepted: Vec<String>,
    },
    /// What was settled before, as by a lock file, says something else than what it leads to.
    #[error("the {what} {locked} is locked, but {by} {found}")]
    Locked {
        /// What is locked: "suite".
        what: &'static str,
        locked: String,
        /// Who says something else: "the base is".
        by: &'static str,
        found: String,
    },
    /// A file could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store, or fetching into it, failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A platform that cannot be understood.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// A layer or archive cannot be read, or must not be used.
    #[error(transparent)]
    Rootfs(#[from] RootfsError),
    #[error(transparent)]
    Apk(#[from] ApkError),
    #[error(transparent)]
    Debian(#[from] DebianError),
    /// npm's node failed.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Writing a layer failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A path that no layer may hold.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl BaseError {
    /// Whose fault it is: decides the exit code.
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
