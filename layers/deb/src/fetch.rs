//! A package's file. Comes in: a package by its checksum. Goes out: its file in the store, fetched where it is not there.

use std::path::PathBuf;

use fourply_store::{Checksum, Fetcher};

use crate::error::Result;
use crate::resolution::DebPin;

/// The largest package that is fetched.
const MAX_PACKAGE: u64 = 4 << 30;

/// The file of a package, from the store or fetched now.
pub(crate) fn fetched(pin: &DebPin, fetcher: &Fetcher) -> Result<PathBuf> {
    Ok(fetcher.sized_file(&pin.url, &Checksum::Sha256(pin.sha256), pin.size, MAX_PACKAGE)?)
}
