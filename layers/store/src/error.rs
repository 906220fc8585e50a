//! The error type of this crate.

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
    /// A record cannot be serialized as JSON.
    #[error("a record of the kind {kind} cannot be written as JSON")]
    Record {
        /// The record's kind.
        kind: crate::RecordKind,
        /// The cause.
        source: serde_json::Error,
    },
    /// A layer could not be written.
    #[error(transparent)]
    Layer(#[from] fourply_blob::BlobError),
    /// Bytes that do not match their digest.
    #[error("{what} is not what was promised: expected {expected}, got {found}")]
    Mismatch {
        /// The package or the URL.
        what: String,
        /// The expected digest.
        expected: String,
        /// The actual digest.
        found: String,
    },
    /// An integrity that cannot be parsed, or contains no digest.
    #[error("{text:?} is no integrity: {reason}")]
    Integrity {
        /// The text.
        text: String,
        /// What is wrong with the text.
        reason: &'static str,
    },
    /// A package's tarball that cannot be unpacked or is not allowed.
    #[error("the tarball of {package} cannot be used: {reason}")]
    Tarball {
        /// `name@version`.
        package: String,
        /// What is wrong, with the entry's path.
        #[source]
        reason: Cause,
    },
    /// A file of the store was changed.
    #[error("{} is damaged", path.display())]
    Corrupt {
        /// The file; it is removed.
        path: PathBuf,
    },
    /// A parent folder that is not a store.
    #[error("the store {} cannot be read from: {reason}", path.display())]
    Parent {
        /// Its folder.
        path: PathBuf,
        /// What is wrong with the folder.
        reason: String,
    },
    /// A store that cannot be written.
    #[error("the store {} cannot be written", path.display())]
    Unwritable {
        /// Its folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The path of the store's own folder is not a folder.
    #[error("{} must be the store's folder, and is no folder", path.display())]
    NoFolder {
        /// The place.
        path: PathBuf,
    },
    /// A path that a package archive cannot have.
    #[error("the path {path:?} cannot be kept: {reason}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with the path.
        #[source]
        reason: Cause,
    },
    /// The server does not have the package or file.
    #[error("{what} is not there: {url} answered {status}")]
    Absent {
        /// The package or file.
        what: String,
        /// The requested URL.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server refuses the package or file.
    #[error("{what} is refused: {url} answered {status}{said}")]
    Refused {
        /// The package or file.
        what: String,
        /// The requested URL.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The server's own message after a colon; may be empty.
        said: Box<str>,
        /// The host that did not receive a credential, because only a repository file names it.
        withheld: Option<Box<str>>,
    },
    /// A token helper printed no token.
    #[error("the token helper {program:?} cannot be used: {reason}")]
    TokenHelper {
        /// The program.
        program: String,
        /// The helper's failure.
        reason: String,
    },
    /// A registry whose setting could not be used. No other registry may be asked.
    #[error(
        "the registry of {what} is not known: {setting} depends on a variable, which is not replaced in URLs of the repository"
    )]
    UnknownRegistry {
        /// The package.
        what: String,
        /// The setting and its file.
        setting: String,
    },
    /// The server or the connection failed more than once.
    #[error("{what} could not be fetched from {url}: {reason}")]
    Network {
        /// The package or file.
        what: String,
        /// The requested URL.
        url: String,
        /// The failure of the last attempt.
        #[source]
        reason: Cause,
    },
    /// git could not fetch a commit.
    #[error("{what} could not be fetched: {reason}")]
    Git {
        /// The commit and its repository.
        what: String,
        /// git's message.
        #[source]
        reason: Cause,
    },
    /// More bytes than the limit.
    #[error("{what} at {url} has more than {max} bytes")]
    TooLarge {
        /// The package or file.
        what: String,
        /// The requested URL.
        url: String,
        /// The limit in bytes.
        max: u64,
    },
    /// Not in the store, and the network is disabled.
    #[error("{what} is not in the store, and the network may not be used")]
    Offline {
        /// The package or file.
        what: String,
    },
    /// An invalid setting.
    #[error("{message}")]
    Setting {
        /// What is wrong, and where.
        #[source]
        message: Cause,
    },
    /// No npm registry is configured.
    #[error("no npm registry is known to fetch {what} from")]
    NoRegistry {
        /// The package.
        what: String,
    },
    /// The lockfile names a registry that no setting defines.
    #[error("{what} comes from the registry {name:?}, which no setting names")]
    NoNamedRegistry {
        /// The package.
        what: String,
        /// The registry's name in the lockfile.
        name: String,
    },
    /// A document of the wrong form.
    #[error("{url} answered with something else than {expected}: {reason}")]
    Document {
        /// Its URL or path.
        url: String,
        /// The expected form.
        expected: &'static str,
        /// What is wrong with the document.
        #[source]
        reason: Cause,
    },
}

impl StoreError {
    pub(crate) fn corrupt(path: &Path) -> StoreError {
        StoreError::Corrupt { path: path.to_path_buf() }
    }

    /// Whether something could not be fetched. `false` for content that does not match its digest, and for failures of
    /// this host.
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

    /// Who can fix the error.
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
