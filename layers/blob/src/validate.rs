//! One blob, read back by libraries that did not write it → what it holds, or what is wrong with it.
//!
//! In: the compressed bytes and the [`LayerBlob`] that claims to describe them. Out: a [`LayerSummary`]. It shares nothing
//! with the writer but the constants of the format: flate2 and zstd decompress, the tar crate reads the entries, and names
//! are compared whole. The bytes may be hostile: nothing is read past the recorded sizes, and nothing is unpacked.

use std::io::{self, Read};

use crate::{Category, Codec, Digest, LayerBlob, PathError};

mod entries;
mod tally;

use entries::read_entries;
use tally::Tally;

/// A frame of one chunk needs no larger window: 2 to the power of this. [`Codec::chunk`]
const ZSTD_WINDOW_LOG: u32 = 22;

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
    /// A path that must not be in a layer, such as a whiteout.
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

    /// What to do about it, if there is more to say than the message does.
    pub fn hint(&self) -> Option<String> {
        match self.category() {
            Category::Outside => Some("build the layer again: the file was damaged or cut off".to_owned()),
            _ => None,
        }
    }
}

/// Reads a layer and compares it with its description: both digests, both sizes, one end of the archive, no name twice,
/// no whiteout, and the rules that every entry of the format keeps.
///
/// # Errors
/// The first [`ValidateError`] that is found. A difference of the digest is reported last, since a damaged layer fails
/// earlier and more tellingly.
pub fn validate_layer(reader: impl Read, expect: &LayerBlob) -> Result<LayerSummary, ValidateError> {
    let mut compressed = Tally::new(reader, expect.size);
    let plain = validate_plain(&mut compressed, expect);
    if compressed.is_over() {
        return Err(ValidateError::Size { which: "compressed", expected: expect.size, found: None });
    }
    let (summary, diff_id) = plain?;
    let (digest, size) = compressed.finish();
    if size != expect.size {
        return Err(ValidateError::Size { which: "compressed", expected: expect.size, found: Some(size) });
    }
    if digest != expect.digest {
        return Err(ValidateError::Digest { expected: expect.digest, found: digest });
    }
    if diff_id != expect.diff_id {
        return Err(ValidateError::DiffId { expected: expect.diff_id, found: diff_id });
    }
    Ok(summary)
}

fn validate_plain(
    compressed: &mut Tally<impl Read>,
    expect: &LayerBlob,
) -> Result<(LayerSummary, Digest), ValidateError> {
    let read = |source| ValidateError::Read { source };
    let decoder = decoder(expect.codec, &mut *compressed).map_err(read)?;
    let mut plain = Tally::new(decoder, expect.diff_size);
    let entries = read_entries(&mut plain);
    if plain.is_over() {
        return Err(ValidateError::Size { which: "uncompressed", expected: expect.diff_size, found: None });
    }
    let summary = entries?;
    let (diff_id, size) = plain.finish();
    if size != expect.diff_size {
        return Err(ValidateError::Size {
            which: "uncompressed",
            expected: expect.diff_size,
            found: Some(size),
        });
    }
    // decoders read to the end, but do not promise it
    io::copy(compressed, &mut io::sink()).map_err(read)?;
    Ok((summary, diff_id))
}

fn decoder<'a>(codec: Codec, compressed: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    match codec {
        Codec::Gzip => Ok(Box::new(flate2::read::MultiGzDecoder::new(compressed))),
        Codec::Zstd | Codec::ZstdRelease => {
            let mut decoder = zstd::stream::read::Decoder::new(compressed)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Ok(Box::new(decoder))
        }
    }
}
