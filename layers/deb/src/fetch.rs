//! Packages' files. In: packages by their checksums. Out: their files in the store; missing ones are fetched.

use std::path::PathBuf;

use fourply_store::{Checksum, Fetcher};

use crate::error::Result;
use crate::resolution::DebPin;

/// The size limit of a package, in bytes.
const MAX_PACKAGE: u64 = 4 << 30;

/// The files of packages, from the store or fetched now, each with its package. `each` is called after each one.
pub(crate) fn fetched<'p>(
    pins: &[&'p DebPin],
    fetcher: &Fetcher,
    each: impl Fn() + Sync,
) -> Result<Vec<(PathBuf, &'p DebPin)>> {
    let one = |pin: &&'p DebPin| {
        let path = fetcher.sized_file(&pin.url, &Checksum::Sha256(pin.sha256), pin.size, MAX_PACKAGE)?;
        each();
        Ok((path, *pin))
    };
    fetcher.several(pins, one)
}
