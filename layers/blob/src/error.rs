//! Errors in writing a layer, and their categories.

use std::io;

use crate::Key;
use crate::path::{LayerPath, PathError};

/// Who can fix an error. It decides the program's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The user can fix it: a bad input or setting.
    User,
    /// An external failure: a network, a registry, a disk.
    Outside,
    /// A bug in fourply.
    Internal,
}

impl Category {
    /// The category of a file error: the user's if the path or its permissions are wrong, otherwise external.
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

/// An error in writing a layer.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// A path that is not valid in a layer.
    #[error(transparent)]
    Path(#[from] PathError),

    /// More than permission bits in a mode.
    #[error("{path:?} has mode {mode:#o}, which is more than twelve permission bits")]
    Mode {
        /// The entry.
        path: LayerPath,
        /// The given mode.
        mode: u32,
    },

    /// A path occurs twice in a layer: readers would disagree which one counts.
    #[error("{path:?} is in the layer twice")]
    Duplicate {
        /// The path.
        path: LayerPath,
    },

    /// A file or link is used as a directory.
    #[error("{path:?} is not a directory, but the layer has an entry below it")]
    NotADirectory {
        /// The file or link.
        path: LayerPath,
    },

    /// A link target that readers of the layer could not follow or store.
    #[error("the link {path:?} cannot point at {target:?}: {reason}")]
    LinkTarget {
        /// The link.
        path: LayerPath,
        /// Its target.
        target: String,
        /// The fault of the target.
        reason: &'static str,
    },

    /// An extended attribute that does not fit into a PAX record.
    #[error(
        "{path:?} has an extended attribute with the name {name:?}, which must not be empty or contain \"=\" or NUL"
    )]
    Xattr {
        /// The entry.
        path: LayerPath,
        /// The attribute.
        name: String,
    },

    /// A file is shorter or longer than announced, because it changed while it was read.
    #[error("{path:?} must have {expected} bytes, but has {}", .found.map_or("more".to_owned(), |n| n.to_string()))]
    Size {
        /// The entry.
        path: LayerPath,
        /// The announced size.
        expected: u64,
        /// The actual size; `None` if it is larger than announced.
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

    /// The layer's bytes could not be written.
    #[error("cannot write the layer")]
    Write {
        /// Why.
        #[source]
        source: io::Error,
    },

    /// A compressed piece could not be cached.
    #[error("cannot keep the compressed piece {key} in the cache")]
    Cache {
        /// The piece's key.
        key: Key,
        /// Why.
        source: io::Error,
    },

    /// A fragment could not read its entries.
    #[error("cannot read a part of the layer")]
    Fragment {
        /// The category that the fragment's own stage assigns.
        category: Category,
        /// The fragment's own error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A compressor rejected valid input.
    #[error("{compressor} failed on a piece of {length} bytes: {reason}")]
    Compress {
        /// The compressor's name.
        compressor: &'static str,
        /// The length of the piece.
        length: usize,
        /// What it said.
        reason: String,
    },

    /// No thread could be started.
    #[error("cannot start a thread to compress the layer")]
    Threads {
        /// Why.
        #[source]
        source: io::Error,
    },

    /// A thread of the pipeline ended without a result.
    #[error("a thread that compresses the layer ended early")]
    Lost,
}

impl BlobError {
    /// Wraps the error of a [`Fragment`](crate::Fragment)'s own stage.
    pub fn fragment(category: Category, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fragment { category, source: source.into() }
    }

    /// The category of the error.
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
