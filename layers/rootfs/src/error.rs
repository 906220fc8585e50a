//! Errors of root file systems. In: the faults that this crate's readers found, with their layer or file. Out: one type
//! with a category.

use fourply_blob::{Category, Cause, Digest};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = RootfsError> = std::result::Result<T, E>;

/// Why a layer or archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootfsError {
    /// A layer or archive that must not be given to a container engine.
    #[error("layer {layer}: {path:?}: {reason}")]
    Layer {
        /// The layer's digest or file.
        layer: String,
        /// The entry; empty if the fault is in the stream itself.
        path: String,
        /// The fault.
        #[source]
        reason: Cause,
    },
    /// A layer's uncompressed bytes do not match its diff ID.
    #[error("{layer}: the layer's diff ID must be {expected}, got {actual}")]
    DiffId {
        layer: String,
        /// The recorded diff ID.
        expected: Digest,
        /// The digest of the content.
        actual: Digest,
    },
    /// The compressor failed. A correct compressor accepts every input.
    #[error("gzip: a layer: {reason}")]
    Gzip {
        /// The compressor's message.
        #[source]
        reason: Cause,
    },
    /// A file could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RootfsError {
    /// The category of the error, which decides the exit code.
    pub fn category(&self) -> Category {
        match self {
            Self::Io(error) => Category::of_io(error),
            Self::Store(error) => error.category(),
            Self::Layer { .. } | Self::DiffId { .. } | Self::Gzip { .. } => Category::User,
        }
    }

    pub(crate) fn layer(layer: &str, path: &str, reason: impl Into<Cause>) -> Self {
        Self::Layer { layer: layer.into(), path: path.into(), reason: reason.into() }
    }
}
