//! Readers of this crate that are its own, open to the fuzz targets and to nothing else.

/// A value of pnpm's index, which nobody signed.
pub fn pnpm_index(bytes: &[u8]) {
    let _ = crate::pnpm_store::is_index(bytes);
}
