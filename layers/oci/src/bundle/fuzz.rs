//! A bundle's document, for the fuzz targets only. In: any bytes. Out: nothing; a violated property panics.
#![allow(missing_docs)]

use super::contents::BundleContents;

/// A document that is written and read again is unchanged.
pub fn document(bytes: &[u8]) {
    let Ok(contents) = BundleContents::parse(bytes) else { return };
    let again = serde_json::to_vec(&contents).unwrap_or_default();
    assert_eq!(BundleContents::parse(&again).ok(), Some(contents));
}
