//! Gzip member by gzip member: apk's files are several of them, and what is signed is where one ends. Comes in: bytes. Goes
//! out: the first member's plain bytes, and how many compressed ones they were.

use std::io::Read;

use flate2::bufread::GzDecoder;
use fourply_blob::Cause;

/// The first member of `bytes`: its plain bytes, and what follows it.
///
/// # Errors
/// Where it is no gzip, is damaged, or is larger than `max` bytes.
pub(crate) fn first(bytes: &[u8], max: u64) -> Result<(Vec<u8>, &[u8]), Cause> {
    let mut decoder = GzDecoder::new(bytes);
    let mut plain = Vec::new();
    (&mut decoder).take(max.saturating_add(1)).read_to_end(&mut plain)?;
    if plain.len() as u64 > max {
        return Err(format!("a part of it unpacks to more than {max} bytes").into());
    }
    Ok((plain, decoder.into_inner()))
}

/// What a file of apk's version 3 is, by its magic; `None` for all others.
/// Source: apk-tools, `adb.h`: `ADB.`, or `ADB` and a letter for how it is compressed; then a schema's four letters.
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
