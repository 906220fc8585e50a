//! Bytes ↔ a zstd frame, with other bytes as dictionary. In: both. Out: the frame; or the bytes again, never more than
//! expected. The level affects only sizes: any frame can be read.

use std::io;

use zstd::zstd_safe::{CCtx, CParameter, DCtx, get_error_name};

use crate::bounds;

/// zstd's level with the best ratio of time and size for text that is mostly in the dictionary.
const LEVEL: i32 = 19;
/// The memory for finding matches: tables of 8 MiB and 32 MiB. The level's own tables are five times as large, for 1 %
/// of the size.
const HASH_LOG: u32 = 21;
const CHAIN_LOG: u32 = 23;
/// From this size in bytes on, matches that the tables have lost are found by their hashes.
const LONG: usize = 4 << 20;

/// Compresses to one frame.
pub(crate) fn compress(plain: &[u8], dictionary: &[u8]) -> io::Result<Vec<u8>> {
    let failed = |code| io::Error::other(get_error_name(code));
    let reach = (plain.len() + dictionary.len()).max(1 << 10);
    let mut context = CCtx::create();
    let parameters = [
        CParameter::CompressionLevel(LEVEL),
        CParameter::WindowLog(reach.next_power_of_two().ilog2()),
        CParameter::HashLog(HASH_LOG),
        CParameter::ChainLog(CHAIN_LOG),
        CParameter::EnableLongDistanceMatching(reach > LONG),
    ];
    for parameter in parameters {
        context.set_parameter(parameter).map_err(failed)?;
    }
    context.ref_prefix(dictionary).map_err(failed)?;
    let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(plain.len()));
    context.compress2(&mut frame, plain).map_err(failed)?;
    Ok(frame)
}

/// The bytes, if there are exactly `length`.
pub(crate) fn decompress(frame: &[u8], dictionary: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(length.min(bounds::PATCH));
    let mut context = DCtx::create();
    context.ref_prefix(dictionary).ok()?;
    let count = context.decompress(&mut plain, frame).ok()?;
    (count == length && plain.len() == length).then_some(plain)
}
