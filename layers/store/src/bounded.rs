//! Size limits for store files that are read as a whole. In: an open file, and its kind. Out: its bytes, or an error if
//! it is larger than any file of its kind that this program writes. The limits protect memory from a parent store and
//! from others who write to the store.

use std::fs::File;
use std::io::{self, Read as _};

use crate::store::BLOBS;

/// The limit for a record or pointer, in bytes. Those of the largest root file systems have a few MB.
const MOST_RECORD: u64 = 128 << 20;
/// The limit for a fetched index and for a compressed piece of a layer, in bytes.
const MOST_PIECE: u64 = 2 << 30;

/// The limit for a file of this kind, in bytes.
pub(crate) fn most_bytes(kind: &str) -> u64 {
    match kind {
        "packs" | "tarballs" | BLOBS => u64::MAX,
        "fragments" | "documents" => MOST_PIECE,
        _ => MOST_RECORD,
    }
}

/// Reads a small file of a store.
///
/// # Errors
/// If the file cannot be read, or is larger than any file of its kind that this program writes.
pub(crate) fn read_bounded(file: File, kind: &str, bytes: &mut Vec<u8>) -> io::Result<()> {
    let most = most_bytes(kind);
    if file.metadata()?.len() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    file.take(most).read_to_end(bytes).map(drop)
}
