//! What reading a layer back tells: what it holds, or what is wrong with it. The types alone.

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
    /// How many paths of the layers below are left out.
    pub whiteouts: u64,
    /// The number of bytes of all files.
    pub content: u64,
    /// Directories that the layer has something in without an entry for them, in order. A reader gives them permissions of
    /// its own choice, unless a layer below has them.
    pub implied_directories: Vec<String>,
}

/// What is wrong with a layer.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The compressed bytes are others.
    #[error("the layer's digest is {found}, but {expected} was recorded")]
    Digest {
        /// As recorded.
        expected: Digest,
        /// As read.
        found: Digest,
    },
    /// The uncompressed bytes are others.
    #[error("the layer's diffID is {found}, but {expected} was recorded")]
    DiffId {
        /// As recorded.
        expected: Digest,
        /// As read.
        found: Digest,
    },
    /// There are more or fewer bytes.
    #[error("the layer has {} {which} bytes, but {expected} were recorded", .found.map_or("more".to_owned(), |n| n.to_string()))]
    Size {
        /// "compressed" or "uncompressed".
        which: &'static str,
        /// As recorded.
        expected: u64,
        /// As read; `None` if there were more than recorded, and reading stopped there.
        found: Option<u64>,
    },
    /// The bytes cannot be read, decompressed or understood.
    #[error("the layer cannot be read")]
    Read {
        /// What the reading library says.
        #[source]
        source: io::Error,
    },
    /// A path that must not be in a layer.
    #[error("the layer has a bad entry")]
    Path(#[from] PathError),
    /// An entry that breaks a rule of the format.
    #[error("the layer's entry {path:?} {problem}")]
    Entry {
        /// Its path.
        path: String,
        /// The rule that it breaks.
        problem: &'static str,
    },
    /// Not exactly one end of the archive, right after the last entry.
    #[error("the layer's entries end at byte {end} of {total}: expected {} bytes of zeros and nothing else behind them", crate::TRAILER.len())]
    Trailer {
        /// Where the last entry ends.
        end: u64,
        /// How many bytes there are.
        total: u64,
    },
}

impl ValidateError {
    /// Whose fault it is: bytes that cannot be read or differ from their digest changed outside; the rest was written
    /// wrongly.
    pub fn category(&self) -> Category {
        match self {
            Self::Digest { .. } | Self::Size { .. } | Self::Read { .. } => Category::Outside,
            Self::DiffId { .. } | Self::Path(_) | Self::Entry { .. } | Self::Trailer { .. } => {
                Category::Internal
            }
        }
    }
}
