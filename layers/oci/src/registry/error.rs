//! What can go wrong with a registry. Every message says what was being done and where; none has a URL's query or a header in
//! it, since those can hold secrets.

use std::path::PathBuf;
use std::time::Duration;

use fourply_blob::{Category, Digest, Reason};
use fourply_store::Lapse;

use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::remedy::Remedy;

/// Why a registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum RegistryError {
    /// A text that is no image's name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A push to a name that cannot be pushed to.
    #[error("cannot push to {target}: {reason}")]
    Target {
        target: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A credentials file that cannot be used. The reason never quotes the file.
    #[error("cannot take credentials for {registry} from {}: {reason}", path.display())]
    Credentials {
        path: PathBuf,
        /// For which registry it was read.
        registry: String,
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// The network is not to be touched.
    #[error("cannot {what}: the network is switched off")]
    Offline {
        /// What was to be done.
        what: String,
    },
    /// The registry answered, but not as it should.
    #[error("cannot {what}: {host} answered {status}{}{}", in_words(errors), later(*retry_after))]
    Status {
        /// What was being done, and where.
        what: String,
        status: reqwest::StatusCode,
        /// What the host says of it.
        errors: Vec<ApiError>,
        /// Who answered: the registry, its token server, or where one of them led to.
        host: Box<str>,
        /// The registry that was asked.
        registry: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The registry was not reached, or the connection ended early.
    #[error("cannot {what}: the connection to {host} failed")]
    Network {
        /// What was being done, and where.
        what: String,
        /// Who was asked: the registry, its token server, or where one of them led to.
        host: String,
        #[source]
        source: reqwest::Error,
    },
    /// Nothing, or nearly nothing, came for a long time.
    #[error("cannot {what}: {lapse} from {host}")]
    Stalled {
        /// What was being done, and where.
        what: String,
        /// Who was asked: the registry, its token server, or where one of them led to.
        host: String,
        /// What came, and in how long a time.
        lapse: Lapse,
    },
    /// An upload that the registry began and knows no more of: another session may fare better. Docker's registry loses one whose chunk
    /// was cut, sometimes only after it said that all is well.
    #[error("cannot {what}: {registry} lost the upload half way")]
    Lost {
        /// What was being done, and where.
        what: String,
        registry: String,
    },
    /// An answer that breaks the protocol, or asks for what must not be done.
    #[error("cannot {what}: {reason}")]
    Protocol {
        /// What was being done, and where.
        what: String,
        /// What is wrong with the answer.
        #[source]
        reason: Reason,
    },
    /// Other bytes than the digest promises.
    #[error("cannot {what}: it should be {expected}, but {actual} came")]
    Mismatch {
        /// What was being done, and where.
        what: String,
        /// The digest that was asked for.
        expected: Digest,
        actual: String,
    },
    /// A file of the image could not be read, or the pulled bytes not be written; the source names it.
    #[error("cannot {what}")]
    Io {
        /// What was being done, and where.
        what: String,
        #[source]
        source: std::io::Error,
    },
    /// A blob that the target was to have already, and that is nowhere else.
    #[error("{target} lacks blob {digest}, which was left out because it was to be there")]
    Missing { digest: Digest, target: String },
    /// A manifest that cannot be used or moved as it is.
    #[error(transparent)]
    Image(#[from] ManifestError),
    /// The store would not keep what came.
    #[error(transparent)]
    Store(#[from] fourply_store::StoreError),
    /// A text of authorities that has none.
    #[error("a file of certificate authorities holds no certificate in PEM form")]
    Authority,
    /// No HTTP client can be made.
    #[error("cannot prepare connections to registries")]
    Client {
        #[source]
        source: reqwest::Error,
    },
}

/// One error of a registry's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The code of the distribution specification, such as `MANIFEST_UNKNOWN`; may be empty.
    pub code: String,
    /// The text beside it; may be empty.
    pub message: String,
}

fn in_words(errors: &[ApiError]) -> String {
    let one = |error: &ApiError| match (error.code.as_str(), error.message.as_str()) {
        ("", text) | (text, "") => text.to_owned(),
        (code, message) => format!("{code} ({message})"),
    };
    match errors {
        [] => String::new(),
        errors => format!(": {}", errors.iter().map(one).collect::<Vec<_>>().join("; ")),
    }
}

fn later(wait: Option<Duration>) -> String {
    wait.map(|wait| format!("; it asks to wait {} seconds", wait.as_secs())).unwrap_or_default()
}

impl RegistryError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Self::Reference(_) | Self::Target { .. } | Self::Credentials { .. } | Self::Authority => {
                Category::User
            }
            Self::Missing { .. } | Self::Image(_) => Category::User,
            Self::Store(error) => error.category(),
            _ => Category::Outside,
        }
    }

    /// What can be done about it. Of [`RegistryError::Store`], the store's own error knows.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Credentials { registry, .. } => Some(Remedy::LogInAgain { registry: registry.clone() }),
            Self::Missing { .. } => Some(Remedy::EarlierBundle),
            Self::Offline { .. } => Some(Remedy::GoOnline),
            Self::Status { errors, .. } if self.refuses_media_type(errors) => Some(Remedy::DockerMediaTypes),
            Self::Status { status, registry, .. } => match status.as_u16() {
                401 | 403 => Some(Remedy::LogIn { registry: registry.clone() }),
                404 => Some(Remedy::CheckName),
                413 => Some(Remedy::SmallerChunks),
                429 => Some(Remedy::SlowDown),
                _ => None,
            },
            Self::Network { source, .. } if source.is_connect() => Some(Remedy::CheckConnection),
            _ => None,
        }
    }

    /// Whether it says that something is not there, or that nobody answers: what can be done without is done without.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Status { status, .. } => status.as_u16() == 404,
            Self::Network { .. } | Self::Stalled { .. } => true,
            _ => false,
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => is_transient(*status),
            Self::Network { source, .. } => !source.is_builder() && !source.is_redirect(),
            Self::Stalled { .. } | Self::Lost { .. } => true,
            _ => false,
        }
    }

    /// Whether a body was refused for its size. Some registries answer a chunk that is too large with "range not satisfiable".
    pub(super) fn is_too_large(&self) -> bool {
        matches!(self, Self::Status { status, .. } if [413, 416].contains(&status.as_u16()))
    }

    /// Whether a manifest was refused for its media type, or may have been: registries that know docker's alone have no word for it.
    fn refuses_media_type(&self, errors: &[ApiError]) -> bool {
        let invalid = |error: &ApiError| ["MANIFEST_INVALID", "UNSUPPORTED"].contains(&error.code.as_str());
        match self {
            Self::Status { status, .. } if status.as_u16() == 415 => true,
            Self::Status { status, .. } => status.is_client_error() && errors.iter().any(invalid),
            _ => false,
        }
    }

    /// Whether there is nothing of that name.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status, .. } if status.as_u16() == 404)
    }

    /// Whether a request was broken off on its way: by the line, or by something before the registry for which it took too long.
    pub(super) fn is_cut(&self) -> bool {
        match self {
            Self::Status { status, .. } => [408, 502, 504].contains(&status.as_u16()),
            _ => self.is_transient(),
        }
    }
}

impl fourply_store::Failure for RegistryError {
    fn may_pass(&self) -> bool {
        self.is_transient()
    }

    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    fn is_silence(&self) -> bool {
        matches!(self, Self::Stalled { .. })
    }
}

/// Statuses that pass: a timeout, too many requests, and the server's own troubles.
pub(super) fn is_transient(status: reqwest::StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}
