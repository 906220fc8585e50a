//! Bytes with a checksum: pieces of layers, and fetched indexes. In: a key and content. Out: bytes with the content and
//! a BLAKE3 over both, 32 bytes; or the content of such bytes.

use fourply_blob::{Key, KeyBuilder};

/// The bytes of a stored file: the parts of a piece, and the checksum that [`sound`] verifies.
pub(crate) fn sealed(key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 32);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let checksum = checksum_of(key, &bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// The piece in the bytes of a stored file; `None` if they are damaged or belong to another key.
pub(crate) fn sound<'b>(key: &Key, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (piece, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    (checksum_of(key, piece).as_bytes() == checksum).then_some(piece)
}

/// Computed without the key macros because it is not a key. It is part of files that are exchanged between stores, in
/// caches and bundles; a file with another checksum is rejected as damaged. Changing the checksum would make every file
/// of an older version an error.
fn checksum_of(key: &Key, piece: &[u8]) -> Key {
    KeyBuilder::new("fourply kept fragment v1").field("key", key).field("piece", piece).finish()
}
