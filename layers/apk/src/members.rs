//! Splits gzip members: apk's files have several of them, and the signed part ends at the end of one. In: bytes. Out:
//! the first member's uncompressed bytes, and the rest.

use std::io::Read;

use flate2::bufread::GzDecoder;
use fourply_blob::Cause;

/// The first member of `bytes`: its uncompressed bytes, and the bytes after it.
///
/// # Errors
/// If it is not gzip, is damaged, or is larger than `max` bytes.
pub(crate) fn first(bytes: &[u8], max: u64) -> Result<(Vec<u8>, &[u8]), Cause> {
    let mut decoder = GzDecoder::new(bytes);
    let mut plain = Vec::new();
    (&mut decoder).take(max.saturating_add(1)).read_to_end(&mut plain)?;
    if plain.len() as u64 > max {
        return Err(format!("a part of it unpacks to more than {max} bytes").into());
    }
    Ok((plain, decoder.into_inner()))
}

/// The kind of an apk version 3 file, by its magic; `None` for all others. Source: apk-tools, `adb.h`: `ADB.`, or `ADB`
/// and a letter for the compression; then a schema's four letters.
pub(crate) fn adb(bytes: &[u8]) -> Option<String> {
    if !bytes.starts_with(b"ADB") {
        return None;
    }
    let schema = match bytes.get(3..8) {
        Some([b'.', schema @ ..]) => match schema {
            b"indx" => "an index",
            b"pckg" => "a package",
            b"idb\0" => "a database",
            _ => "of an unknown kind",
        },
        _ => "compressed",
    };
    Some(schema.to_owned())
}
