//! How large files of a store may be that are read whole. In: an open file, and its kind. Out: its bytes; or an error where it is larger than this program
//! writes any of its kind, so that a parent, or whoever writes to the store, cannot fill the memory.

use std::fs::File;
use std::io::{self, Read as _};

use crate::store::BLOBS;

/// The most bytes of a record or pointer. Those of the largest root file systems have a few MB.
const MOST_RECORD: u64 = 128 << 20;
/// The most bytes of an index as it was taken, and of a compressed piece of a layer.
const MOST_PIECE: u64 = 2 << 30;

/// The most bytes of a file of a kind.
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
/// Those of reading; one that is larger than this program writes any of its kind.
pub(crate) fn read_bounded(file: File, kind: &str, bytes: &mut Vec<u8>) -> io::Result<()> {
    let most = most_bytes(kind);
    if file.metadata()?.len() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    file.take(most).read_to_end(bytes).map(drop)
}
