//! A bundle's document, open to the fuzz targets and to nothing else. Comes in: any bytes. Goes out: nothing; a panic where something does not hold.
#![allow(missing_docs)]

use super::contents::BundleContents;

/// A document is itself when it is written and read again.
pub fn document(bytes: &[u8]) {
    let Ok(contents) = BundleContents::parse(bytes) else { return };
    let again = serde_json::to_vec(&contents).unwrap_or_default();
    assert_eq!(BundleContents::parse(&again).ok(), Some(contents));
}
