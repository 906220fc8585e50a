//! What can go wrong while an image is written, and whose fault it is.

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
    /// Something else lies where the image is to go.
    #[error("{} is not {expected}: {reason}", path.display())]
    Occupied {
        path: PathBuf,
        /// What it was to be.
        expected: &'static str,
        /// What it is instead.
        #[source]
        reason: Reason,
    },
    /// A name that no image can have there.
    #[error("{name:?} cannot name an image in {place}: {reason}")]
    Name {
        name: String,
        /// The kind of place.
        place: &'static str,
        /// What is wrong with it.
        #[source]
        reason: Reason,
    },
    /// A layer's file is not what it was when the image was put together.
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
        /// What was being done.
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
    /// A document that could not be written as JSON.
    #[error("cannot write {document} as JSON")]
    Json { document: &'static str, source: serde_json::Error },
    /// An image for several platforms where only one can be.
    #[error("a docker archive holds an image for one platform")]
    Platforms,
    /// No container engine is there to take an image.
    #[error("no container engine answers ({})", tried.iter().map(|(at, why)| format!("{at}: {why}")).collect::<Vec<_>>().join("; "))]
    NoEngine {
        /// Where one may listen, and what came of asking.
        tried: Vec<(String, String)>,
    },
    /// A container engine did not take an image.
    #[error("{engine} did not take the image: {message}")]
    Engine {
        /// Where it listens.
        engine: String,
        message: String,
    },
    /// A text that is no image's name.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A manifest that cannot be used or moved as it is.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The registry refused or failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl SinkError {
    /// Whose fault it is.
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

    /// What can be done about it.
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
