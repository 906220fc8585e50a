//! Files that hold their own checksum, as bytes: pieces of layers, and indexes as they were taken. In: a key and content. Out: bytes that hold the
//! content and a BLAKE3 over both, 32 bytes; or the content of such bytes.

use fourply_blob::{Key, KeyBuilder};

/// A kept file's bytes: the parts of a piece, and what [`sound`] knows them by.
pub(crate) fn sealed(key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 32);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let checksum = checksum_of(key, &bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// The piece in a kept file's bytes; `None` where they are damaged, or another key's.
pub(crate) fn sound<'b>(key: &Key, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (piece, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    (checksum_of(key, piece).as_bytes() == checksum).then_some(piece)
}

/// By hand, since it is no key: it stands in files that travel between stores, in caches and bundles, and where it differs such a file is
/// refused as damaged. Another checksum would make each of those that an older version wrote an error.
fn checksum_of(key: &Key, piece: &[u8]) -> Key {
    KeyBuilder::new("fourply kept fragment v1").field("key", key).field("piece", piece).finish()
}
