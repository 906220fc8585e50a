//! Registry errors. Every message names the action and its target. No message contains a URL's query or a header,
//! because they can hold secrets.

use std::path::PathBuf;
use std::time::Duration;

use fourply_blob::{Category, Digest, Reason};
use fourply_store::Lapse;

use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::remedy::Remedy;

/// Why a registry request failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum RegistryError {
    /// An invalid image name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A reference that cannot be pushed to.
    #[error("cannot push to {target}: {reason}")]
    Target {
        target: String,
        /// What is wrong with the reference.
        reason: &'static str,
    },
    /// A credentials file that cannot be used. The reason never quotes the file.
    #[error("cannot take credentials for {registry} from {}: {reason}", path.display())]
    Credentials {
        path: PathBuf,
        /// The registry that needed the file.
        registry: String,
        /// What is wrong with the file.
        #[source]
        reason: Reason,
    },
    /// A request that needs the network, which is disabled.
    #[error("cannot {what}: the network is switched off")]
    Offline {
        /// The intended action.
        what: String,
    },
    /// The registry answered with an error status.
    #[error("cannot {what}: {host} answered {status}{}{}", in_words(errors), later(*retry_after))]
    Status {
        /// The action and its target.
        what: String,
        status: reqwest::StatusCode,
        /// The host's own errors.
        errors: Vec<ApiError>,
        /// The host that answered: the registry, its token server, or a redirect's target.
        host: Box<str>,
        /// The requested registry.
        registry: String,
        /// The wait that the host asks for.
        retry_after: Option<Duration>,
    },
    /// The host was not reached, or the connection ended early.
    #[error("cannot {what}: the connection to {host} failed")]
    Network {
        /// The action and its target.
        what: String,
        /// The requested host: the registry, its token server, or a redirect's target.
        host: String,
        #[source]
        source: reqwest::Error,
    },
    /// No data, or almost none, arrived for a long time.
    #[error("cannot {what}: {lapse} from {host}")]
    Stalled {
        /// The action and its target.
        what: String,
        /// The requested host: the registry, its token server, or a redirect's target.
        host: String,
        /// The bytes received and the time they took.
        lapse: Lapse,
    },
    /// The registry no longer knows an upload session that it opened. A new session may succeed. Docker's registry
    /// loses the session of a chunk that was cut, sometimes after it has reported success.
    #[error("cannot {what}: {registry} lost the upload half way")]
    Lost {
        /// The action and its target.
        what: String,
        registry: String,
    },
    /// A response that breaks the protocol or requires a forbidden step.
    #[error("cannot {what}: {reason}")]
    Protocol {
        /// The action and its target.
        what: String,
        /// What is wrong with the response.
        #[source]
        reason: Reason,
    },
    /// Bytes that do not match their digest.
    #[error("cannot {what}: it should be {expected}, but {actual} came")]
    Mismatch {
        /// The action and its target.
        what: String,
        /// The requested digest.
        expected: Digest,
        actual: String,
    },
    /// A file of the image could not be read, or the pulled bytes could not be written. The source names the file.
    #[error("cannot {what}")]
    Io {
        /// The action and its target.
        what: String,
        #[source]
        source: std::io::Error,
    },
    /// A blob that the target was expected to have. No other location has it.
    #[error("{target} lacks blob {digest}, which was left out because it was to be there")]
    Missing { digest: Digest, target: String },
    /// A manifest that cannot be used or moved unchanged.
    #[error(transparent)]
    Image(#[from] ManifestError),
    /// The store rejected received data.
    #[error(transparent)]
    Store(#[from] fourply_store::StoreError),
    /// A file of certificate authorities that contains none.
    #[error("a file of certificate authorities holds no certificate in PEM form")]
    Authority,
    /// The HTTP client cannot be created.
    #[error("cannot prepare connections to registries")]
    Client {
        #[source]
        source: reqwest::Error,
    },
}

/// One error in a registry's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The code of the distribution specification, such as `MANIFEST_UNKNOWN`; may be empty.
    pub code: String,
    /// The message; may be empty.
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
    /// Who can fix the error.
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

    /// A suggested fix. For [`RegistryError::Store`], use the store's own error.
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

    /// Whether something does not exist or the host does not answer. Callers then go on without optional data.
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

    /// Whether the body was refused for its size. Some registries answer "range not satisfiable" to a chunk that is too
    /// large.
    pub(super) fn is_too_large(&self) -> bool {
        matches!(self, Self::Status { status, .. } if [413, 416].contains(&status.as_u16()))
    }

    /// Whether a manifest was refused, or may have been refused, for its media type. Registries that know only Docker's
    /// types have no code for it.
    fn refuses_media_type(&self, errors: &[ApiError]) -> bool {
        let invalid = |error: &ApiError| ["MANIFEST_INVALID", "UNSUPPORTED"].contains(&error.code.as_str());
        match self {
            Self::Status { status, .. } if status.as_u16() == 415 => true,
            Self::Status { status, .. } => status.is_client_error() && errors.iter().any(invalid),
            _ => false,
        }
    }

    /// Whether the name does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status, .. } if status.as_u16() == 404)
    }

    /// Whether a request was cut: by the network, or by a proxy's time limit.
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

/// Transient statuses: a timeout, too many requests, server errors.
pub(super) fn is_transient(status: reqwest::StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}
