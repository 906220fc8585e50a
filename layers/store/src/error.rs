//! What can go wrong between the outside world and the store.

use std::path::{Path, PathBuf};

use fourply_blob::{Category, Cause};

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of the store, or one to be stored, could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A record that has no JSON form.
    #[error("a record of the kind {kind} cannot be written as JSON")]
    Record {
        /// The kind.
        kind: crate::RecordKind,
        /// Why.
        source: serde_json::Error,
    },
    /// A layer could not be written.
    #[error(transparent)]
    Layer(#[from] fourply_blob::BlobError),
    /// Bytes that are not what they were promised to be.
    #[error("{what} is not what was promised: expected {expected}, got {found}")]
    Mismatch {
        /// The package or the URL.
        what: String,
        /// The digest that was promised.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// An integrity that cannot be read, or promises nothing.
    #[error("{text:?} is no integrity: {reason}")]
    Integrity {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A package's tarball that cannot be, or must not be, unpacked.
    #[error("the tarball of {package} cannot be used: {reason}")]
    Tarball {
        /// `name@version`.
        package: String,
        /// What is wrong, with the entry's path.
        #[source]
        reason: Cause,
    },
    /// A file of the store that is no longer what was written.
    #[error("{} is damaged", path.display())]
    Corrupt {
        /// The file; it is removed.
        path: PathBuf,
    },
    /// A store to read from that is not one.
    #[error("the store {} cannot be read from: {reason}", path.display())]
    Parent {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A store that cannot be written.
    #[error("the store {} cannot be written", path.display())]
    Unwritable {
        /// Its folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something else in the place of a store's own folder.
    #[error("{} must be the store's folder, and is no folder", path.display())]
    NoFolder {
        /// The place.
        path: PathBuf,
    },
    /// A path that cannot stand in a pack.
    #[error("the path {path:?} cannot be kept: {reason}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// The server does not have it.
    #[error("{what} is not there: {url} answered {status}")]
    Absent {
        /// The package or file.
        what: String,
        /// Where it was looked for.
        url: String,
        /// The status of HTTP.
        status: u16,
    },
    /// The server does not give it to us.
    #[error("{what} is refused: {url} answered {status}{said}")]
    Refused {
        /// The package or file.
        what: String,
        /// Where it was looked for.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// The server's own words behind a colon; may be empty.
        said: Box<str>,
        /// The host that did not get the credential of a repository's file.
        withheld: Option<Box<str>>,
    },
    /// A program that prints a registry's token printed none.
    #[error("the token helper {program:?} cannot be used: {reason}")]
    TokenHelper {
        /// The program.
        program: String,
        /// What it did.
        reason: String,
    },
    /// A registry whose setting could not be used; no other one may be asked.
    #[error(
        "the registry of {what} is not known: {setting} depends on a variable, which is not replaced in URLs of the repository"
    )]
    UnknownRegistry {
        /// The package.
        what: String,
        /// The setting and its file.
        setting: String,
    },
    /// The server or the way to it failed, more than once.
    #[error("{what} could not be fetched from {url}: {reason}")]
    Network {
        /// The package or file.
        what: String,
        /// Where it was looked for.
        url: String,
        /// What the last attempt met.
        #[source]
        reason: Cause,
    },
    /// A commit that git could not bring.
    #[error("{what} could not be fetched: {reason}")]
    Git {
        /// The commit and its repository.
        what: String,
        /// What git said.
        #[source]
        reason: Cause,
    },
    /// More bytes than anything honest has.
    #[error("{what} at {url} has more than {max} bytes")]
    TooLarge {
        /// The package or file.
        what: String,
        /// Where it was looked for.
        url: String,
        /// The bound in bytes.
        max: u64,
    },
    /// Not in the store, and the network is off.
    #[error("{what} is not in the store, and the network may not be used")]
    Offline {
        /// The package or file.
        what: String,
    },
    /// A setting that cannot be used.
    #[error("{message}")]
    Setting {
        /// What is wrong, and where.
        #[source]
        message: Cause,
    },
    /// No npm registry is known.
    #[error("no npm registry is known to fetch {what} from")]
    NoRegistry {
        /// The package.
        what: String,
    },
    /// A registry that the lockfile calls by a name which no setting has.
    #[error("{what} comes from the registry {name:?}, which no setting names")]
    NoNamedRegistry {
        /// The package.
        what: String,
        /// The registry's name in the lockfile.
        name: String,
    },
    /// A document that is not of its form.
    #[error("{url} answered with something else than {expected}: {reason}")]
    Document {
        /// Where it came from.
        url: String,
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
}

impl StoreError {
    pub(crate) fn corrupt(path: &Path) -> StoreError {
        StoreError::Corrupt { path: path.to_path_buf() }
    }

    /// Whether something could not be had from elsewhere; not, that it was something else than promised, nor that this machine failed.
    pub fn is_unfetched(&self) -> bool {
        matches!(
            self,
            StoreError::Absent { .. }
                | StoreError::Refused { .. }
                | StoreError::Network { .. }
                | StoreError::Git { .. }
                | StoreError::Offline { .. }
                | StoreError::NoRegistry { .. }
                | StoreError::NoNamedRegistry { .. }
                | StoreError::UnknownRegistry { .. }
                | StoreError::TokenHelper { .. }
        )
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            StoreError::Integrity { .. } | StoreError::Path { .. } | StoreError::Setting { .. } => {
                Category::User
            }
            StoreError::Tarball { .. }
            | StoreError::Parent { .. }
            | StoreError::Unwritable { .. }
            | StoreError::NoFolder { .. }
            | StoreError::Offline { .. }
            | StoreError::NoRegistry { .. }
            | StoreError::NoNamedRegistry { .. }
            | StoreError::UnknownRegistry { .. }
            | StoreError::TokenHelper { .. } => Category::User,
            StoreError::Absent { .. } | StoreError::Mismatch { .. } => Category::User,
            StoreError::Io(error) => Category::of_io(error),
            StoreError::Layer(error) => error.category(),
            StoreError::Record { .. } => Category::Internal,
            _ => Category::Outside,
        }
    }
}
