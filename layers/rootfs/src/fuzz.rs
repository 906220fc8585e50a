//! This crate's readers of what comes from outside, open to the fuzz targets, and what the targets of all crates share. Comes in: any
//! bytes. Goes out: nothing; a panic where something does not hold that must hold whatever the bytes are.
#![allow(missing_docs)]

use std::cmp::Ordering;

use crate::metadata::TreeKind;
use crate::metadata::fuzz::merged;
use crate::tarball::normalise;

/// A reader, given any bytes.
pub type Target = fn(&[u8]);

/// Each by its name.
pub const TARGETS: [(&str, Target); 1] = [("layer", layer)];

/// Two layers, one upon the other: all that is in the tree lies in a folder of it, below the root.
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

/// A path that came out of a reader must not change when it is normalised again.
pub fn assert_is_normal(path: &str) {
    assert_eq!(normalise(path), Ok(Some(path.to_owned())));
}

/// An order is one both ways, and one with itself.
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

/// The bytes in two, where the first of them says.
pub fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((at, rest)) = bytes.split_first() else { return (bytes, bytes) };
    rest.split_at((usize::from(*at) * 512).min(rest.len()))
}

/// The checksum of each header made right, since nothing behind a wrong one is ever read.
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

/// The bytes in a file, for readers of files; nothing where none can be made.
pub fn in_file(bytes: &[u8]) -> Option<tempfile::NamedTempFile> {
    let file = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(file.path(), bytes).ok()?;
    Some(file)
}
