//! What can go wrong with a root file system. Comes in: what the readers of this crate noticed, with the layer or file they noticed it
//! in. Goes out: one type with a category (whose fault it is).

use fourply_blob::{Category, Cause, Digest};
use fourply_store::StoreError;

/// The result of everything in this crate.
pub type Result<T, E = RootfsError> = std::result::Result<T, E>;

/// Why a layer or archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootfsError {
    /// A layer or archive whose contents no container engine should be given.
    #[error("layer {layer}: {path:?}: {reason}")]
    Layer {
        /// The layer's digest or file.
        layer: String,
        /// The entry in question; empty where it is the stream itself.
        path: String,
        /// What is wrong with it.
        #[source]
        reason: Cause,
    },
    /// A layer whose plain bytes are not those that its diff ID names.
    #[error("{layer}: the layer's diff ID should be {expected} but is {actual}")]
    DiffId {
        layer: String,
        /// The diff ID that was promised.
        expected: Digest,
        /// The digest of what it holds.
        actual: Digest,
    },
    /// The compressor failed, which a correct one does for no input.
    #[error("gzip: a layer: {reason}")]
    Gzip {
        /// In the compressor's words.
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
    /// Whose fault it is: decides the exit code.
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
