//! Errors of deltas.

use std::io;

use fourply_blob::{BlobError, Category, Digest, Encoder};

/// Why a delta could not be created or used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum DeltaError {
    /// The bytes are not a delta.
    #[error("it is no delta that can be used: {0}")]
    Malformed(&'static str),
    /// A newer program wrote it.
    #[error("it is a delta of version {0}, which is not known here")]
    Version(u8),
    /// A compressor that this program lacks.
    #[error("it needs {0} to compress again")]
    Encoder(Encoder),
    /// A missing source.
    #[error("it needs {0}, which is not here")]
    Source(Digest),
    /// A part of a source does not match the delta.
    #[error("{digest} has no member of {length} bytes at {at}")]
    Member { digest: Digest, at: u64, length: u64 },
    /// The result is another blob.
    #[error("it leads to {found}, not to {expected}")]
    Rebuilt { expected: Digest, found: Digest },
    /// Bytes could not be compressed.
    #[error(transparent)]
    Compress(#[from] BlobError),
    /// A blob could not be read or the result could not be written.
    #[error("cannot read or write")]
    Io(#[from] io::Error),
}

impl DeltaError {
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Io(error) => Category::of_io(error),
            Self::Compress(_) => Category::Internal,
            _ => Category::User,
        }
    }
}
