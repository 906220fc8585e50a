//! What can go wrong while a layer is written, and whose fault it is.

use std::io;

use crate::Key;
use crate::path::{LayerPath, PathError};

/// Whose fault an error is: the program's exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The user can mend it: a bad input or setting.
    User,
    /// The outside world failed: a network, a registry, a disk.
    Outside,
    /// A mistake in fourply.
    Internal,
}

impl Category {
    /// Whose fault it is that a file could not be read or written: the user's where the path or its permissions are wrong, else the
    /// machine's.
    pub fn of_io(error: &io::Error) -> Category {
        use io::ErrorKind::{
            InvalidData, IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem,
        };
        match error.kind() {
            InvalidData | IsADirectory | NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem => {
                Category::User
            }
            _ => Category::Outside,
        }
    }
}

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// A path that cannot stand in a layer.
    #[error(transparent)]
    Path(#[from] PathError),

    /// More than permission bits in a mode.
    #[error("{path:?} has mode {mode:#o}, which is more than twelve permission bits")]
    Mode {
        /// The entry.
        path: LayerPath,
        /// What was given as its mode.
        mode: u32,
    },

    /// One path twice in one layer: which one counts would be up to the reader.
    #[error("{path:?} is in the layer twice")]
    Duplicate {
        /// The path.
        path: LayerPath,
    },

    /// A file or link in the place of a directory.
    #[error("{path:?} is no directory, but the layer has something in it")]
    NotADirectory {
        /// The file or link.
        path: LayerPath,
    },

    /// A link whose target a reader of the layer could not follow or store.
    #[error("the link {path:?} cannot point at {target:?}: {reason}")]
    LinkTarget {
        /// The link.
        path: LayerPath,
        /// Where it points.
        target: String,
        /// What is wrong with that.
        reason: &'static str,
    },

    /// An extended attribute that a PAX record cannot hold.
    #[error(
        "{path:?} has an extended attribute with the name {name:?}, which cannot be written: it must have no \"=\" and no NUL, and not be empty"
    )]
    Xattr {
        /// The entry.
        path: LayerPath,
        /// The attribute.
        name: String,
    },

    /// A file that ended too early or went on too long: it changed while it was read.
    #[error("{path:?} was to be {expected} bytes long, but it has {}", .found.map_or("more".to_owned(), |n| n.to_string()))]
    Size {
        /// The entry.
        path: LayerPath,
        /// The size that was announced.
        expected: u64,
        /// How much there was; `None` if there was more than announced.
        found: Option<u64>,
    },

    /// The content of a file could not be read.
    #[error("cannot read the content of {path:?}")]
    Read {
        /// The entry.
        path: LayerPath,
        /// Why.
        source: io::Error,
    },

    /// The layer's bytes could not be handed on.
    #[error("cannot write the layer")]
    Write {
        /// Why.
        #[source]
        source: io::Error,
    },

    /// A compressed piece could not be kept.
    #[error("cannot keep the compressed piece {key} in the cache")]
    Cache {
        /// The piece's key.
        key: Key,
        /// Why.
        source: io::Error,
    },

    /// A fragment could not give its entries.
    #[error("cannot read a part of the layer")]
    Fragment {
        /// Whose fault it is, as the fragment's own stage says.
        category: Category,
        /// The fragment's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A compressor refused what it must take.
    #[error("{compressor} failed on a piece of {length} bytes: {reason}")]
    Compress {
        /// The compressor's name.
        compressor: &'static str,
        /// The length of the piece.
        length: usize,
        /// What it said.
        reason: String,
    },

    /// The system gave no thread.
    #[error("cannot start a thread to compress the layer")]
    Threads {
        /// Why.
        #[source]
        source: io::Error,
    },

    /// A thread of the pipeline ended without an answer.
    #[error("a thread that compresses the layer ended early")]
    Lost,
}

impl BlobError {
    /// Wraps the error of a [`Fragment`](crate::Fragment)'s own stage.
    pub fn fragment(category: Category, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fragment { category, source: source.into() }
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Self::Path(_) | Self::Duplicate { .. } | Self::NotADirectory { .. } => Category::User,
            Self::LinkTarget { .. } | Self::Size { .. } | Self::Xattr { .. } => Category::User,
            Self::Read { source, .. } | Self::Write { source, .. } | Self::Cache { source, .. } => {
                Category::of_io(source)
            }
            Self::Threads { .. } => Category::Outside,
            Self::Fragment { category, .. } => *category,
            Self::Mode { .. } | Self::Compress { .. } | Self::Lost => Category::Internal,
        }
    }
}
