//! This crate's own parsers, for the fuzz targets only.

/// A value of pnpm's index, which is not signed.
pub fn pnpm_index(bytes: &[u8]) {
    let _ = crate::pnpm_store::is_index(bytes);
}
