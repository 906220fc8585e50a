//! The result of reading a layer back: its content, or its fault. Types only.

use std::io;

use crate::{Category, Digest, PathError};

/// What a layer holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerSummary {
    /// How many regular files.
    pub files: u64,
    /// How many directories.
    pub directories: u64,
    /// How many symbolic links.
    pub symlinks: u64,
    /// How many hard links.
    pub hardlinks: u64,
    /// The number of hidden paths of lower layers.
    pub whiteouts: u64,
    /// The total bytes of all files.
    pub content: u64,
    /// Directories without their own entry, although the layer has entries in them, in order. A reader chooses their
    /// permissions, unless a lower layer has them.
    pub implied_directories: Vec<String>,
}

/// The fault of a layer.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The compressed bytes differ.
    #[error("the layer's digest is {found}, but {expected} was recorded")]
    Digest {
        /// As recorded.
        expected: Digest,
        /// As read.
        found: Digest,
    },
    /// The uncompressed bytes differ.
    #[error("the layer's diffID is {found}, but {expected} was recorded")]
    DiffId {
        /// As recorded.
        expected: Digest,
        /// As read.
        found: Digest,
    },
    /// The number of bytes differs.
    #[error("the layer has {} {which} bytes, but {expected} were recorded", .found.map_or("more".to_owned(), |n| n.to_string()))]
    Size {
        /// "compressed" or "uncompressed".
        which: &'static str,
        /// As recorded.
        expected: u64,
        /// As read; `None` if there are more than recorded, and reading stopped there.
        found: Option<u64>,
    },
    /// The bytes cannot be read, decompressed or parsed.
    #[error("the layer cannot be read")]
    Read {
        /// The error of the reading library.
        #[source]
        source: io::Error,
    },
    /// A path that is not valid in a layer.
    #[error("the layer has a bad entry")]
    Path(#[from] PathError),
    /// An entry breaks a rule of the format.
    #[error("the layer's entry {path:?} {problem}")]
    Entry {
        /// Its path.
        path: String,
        /// The broken rule.
        problem: &'static str,
    },
    /// The end of the archive is missing, repeated, or not directly after the last entry.
    #[error("the layer's entries end at byte {end} of {total}: expected {} zero bytes and nothing after them", crate::TRAILER.len())]
    Trailer {
        /// The end of the last entry.
        end: u64,
        /// The total number of bytes.
        total: u64,
    },
}

impl ValidateError {
    /// The category of the error: unreadable bytes, or bytes that differ from their digest, are an external failure;
    /// otherwise fourply wrote the layer incorrectly.
    pub fn category(&self) -> Category {
        match self {
            Self::Digest { .. } | Self::Size { .. } | Self::Read { .. } => Category::Outside,
            Self::DiffId { .. } | Self::Path(_) | Self::Entry { .. } | Self::Trailer { .. } => {
                Category::Internal
            }
        }
    }
}
