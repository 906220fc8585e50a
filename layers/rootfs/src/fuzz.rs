//! Entry points for fuzz targets to this crate's readers of untrusted input, and helpers for the targets of all crates.
//! In: any bytes. Out: nothing; a violated invariant panics.
#![allow(missing_docs)]

use std::cmp::Ordering;

use crate::metadata::TreeKind;
use crate::metadata::fuzz::merged;
use crate::tarball::normalise;

/// A reader of arbitrary bytes.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 1] = [("layer", layer)];

/// Two layers, one on top of the other: every entry's parent is a folder of the tree, below the root.
fn layer(bytes: &[u8]) {
    let (lower, upper) = halves(bytes);
    let layers = [sealed(lower), sealed(upper)];
    for entries in [merged(&[bytes]), merged(&[&layers[0], &layers[1]])] {
        for path in entries.keys() {
            assert_is_normal(path);
            let parent =
                path.rsplit_once('/').map(|(parent, _)| entries.get(parent).map(|entry| &entry.kind));
            assert!(parent.is_none_or(|kind| kind == Some(&TreeKind::Directory)), "{path:?}");
        }
    }
}

/// A path from a reader must not change when it is normalised again.
pub fn assert_is_normal(path: &str) {
    assert_eq!(normalise(path), Ok(Some(path.to_owned())));
}

/// An order must be antisymmetric and reflexive.
pub fn orders(bytes: &[u8], compare: fn(&str, &str) -> Ordering) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let versions: Vec<&str> = text.lines().take(4).collect();
    for one in &versions {
        assert_eq!(compare(one, one), Ordering::Equal, "{one:?}");
        for other in &versions {
            assert_eq!(compare(one, other), compare(other, one).reverse(), "{one:?} {other:?}");
        }
    }
}

/// Splits the bytes at the position given by the first byte.
pub fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((at, rest)) = bytes.split_first() else { return (bytes, bytes) };
    rest.split_at((usize::from(*at) * 512).min(rest.len()))
}

/// Corrects the checksum of each header, because readers stop at a wrong one.
pub fn sealed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block.get(257..262) == Some(b"ustar")) {
        let sum: u32 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
            .sum();
        let text = format!("{sum:06o}\0 ");
        if let Some(field) = block.get_mut(148..156) {
            field.copy_from_slice(text.as_bytes());
        }
    }
    tar
}

/// The bytes in a file, for readers of files; `None` if no file can be created.
pub fn in_file(bytes: &[u8]) -> Option<tempfile::NamedTempFile> {
    let file = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(file.path(), bytes).ok()?;
    Some(file)
}
