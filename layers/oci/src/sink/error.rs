//! Errors of writing an image.

use std::path::PathBuf;

use fourply_blob::{BlobError, Category, Reason};

use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::registry::RegistryError;
use crate::remedy::Remedy;

/// Why an image could not be written.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum SinkError {
    /// Something else exists at the target path.
    #[error("{} is not {expected}: {reason}", path.display())]
    Occupied {
        path: PathBuf,
        /// The expected kind.
        expected: &'static str,
        /// The kind that exists.
        #[source]
        reason: Reason,
    },
    /// A name that images cannot have at this target.
    #[error("{name:?} cannot name an image in {place}: {reason}")]
    Name {
        name: String,
        /// The kind of target.
        place: &'static str,
        /// What is wrong with the name.
        #[source]
        reason: Reason,
    },
    /// A layer's file has changed since the image was assembled.
    #[error("{} should have {expected} bytes of {digest}, but it does not", path.display())]
    Changed {
        /// The file in the store.
        path: PathBuf,
        digest: fourply_blob::Digest,
        expected: u64,
    },
    /// A file could not be read or written; the message names it.
    #[error("{message}")]
    Io {
        /// The failed action.
        message: String,
        #[source]
        source: std::io::Error,
    },
    /// The tar of an archive could not be written.
    #[error("cannot write {}", path.display())]
    Archive {
        path: PathBuf,
        #[source]
        source: BlobError,
    },
    /// A document could not be serialized as JSON.
    #[error("cannot write {document} as JSON")]
    Json { document: &'static str, source: serde_json::Error },
    /// An image for several platforms, at a target that holds only one.
    #[error("a docker archive holds an image for one platform")]
    Platforms,
    /// No container engine answered.
    #[error("no container engine answers ({})", tried.iter().map(|(at, why)| format!("{at}: {why}")).collect::<Vec<_>>().join("; "))]
    NoEngine {
        /// The endpoints, each with its result.
        tried: Vec<(String, String)>,
    },
    /// A container engine rejected the image.
    #[error("{engine} did not take the image: {message}")]
    Engine {
        /// Its endpoint.
        engine: String,
        message: String,
    },
    /// An invalid image name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest that cannot be used or moved unchanged.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The registry refused or failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl SinkError {
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Occupied { .. } | Self::Name { .. } | Self::Platforms => Category::User,
            Self::Reference(_) | Self::Manifest(_) => Category::User,
            Self::Io { source, .. } => Category::of_io(source),
            Self::Changed { .. } | Self::Archive { .. } => Category::Outside,
            Self::NoEngine { .. } | Self::Engine { .. } => Category::Outside,
            Self::Json { .. } => Category::Internal,
            Self::Registry(error) => error.category(),
        }
    }

    /// A suggested fix.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Occupied { expected, .. } => Some(Remedy::OtherPath { expected }),
            Self::Changed { .. } => Some(Remedy::RemoveFile),
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Some(Remedy::FreeSpace)
            }
            Self::Platforms => Some(Remedy::OnePlatform),
            Self::NoEngine { tried } => {
                Some(match tried.iter().any(|(_, why)| why.starts_with("Permission")) {
                    true => Remedy::JoinEngine,
                    false => Remedy::StartEngine,
                })
            }
            Self::Registry(error) => error.remedy(),
            _ => None,
        }
    }

    pub(crate) fn io(message: impl Into<String>) -> impl FnOnce(std::io::Error) -> SinkError {
        let message = message.into();
        move |source| SinkError::Io { message, source }
    }
}
