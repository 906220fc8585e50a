//! One blob, read back by libraries that did not write it → its content, or its fault.
//!
//! In: the compressed bytes and the [`LayerBlob`] that should describe them. Out: a [`LayerSummary`]. It shares only
//! the constants of the format with the writer: flate2 and zstd decompress, the tar crate reads the entries, and names
//! are compared in full. The bytes may be hostile: nothing is read past the recorded sizes, and nothing is unpacked.

use std::io::{self, Read};

use crate::{Codec, Digest, LayerBlob};

mod entries;
mod summary;
mod tally;

use entries::read_entries;
pub use summary::{LayerSummary, ValidateError};
use tally::Tally;

/// A frame needs no larger window: 2 to the power of this. [`Codec::chunk`], and level 9 of zstd for a single frame
const ZSTD_WINDOW_LOG: u32 = 22;

/// Reads a layer and compares it with its description: both digests, both sizes, one end of the archive, unique names,
/// whiteouts that are empty files, and the rules for every entry of the format.
///
/// # Errors
/// The first [`ValidateError`] found. A digest mismatch is reported last, because the other errors of a damaged layer
/// are more specific.
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
    // decoders read to the end, but do not guarantee it
    io::copy(compressed, &mut io::sink()).map_err(read)?;
    Ok((summary, diff_id))
}

fn decoder<'a>(codec: Codec, compressed: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    if codec.is_gzip() {
        return Ok(Box::new(flate2::read::MultiGzDecoder::new(compressed)));
    }
    let mut decoder = zstd::stream::read::Decoder::new(compressed)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(Box::new(decoder))
}
