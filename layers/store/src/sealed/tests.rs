#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_file_counts_whole_and_at_its_own_place_alone() {
    let bytes = seal("records/bins", "ab", b"[1]");
    assert_eq!(unseal("records/bins", "ab", &bytes), Some(&b"[1]"[..]));
    assert_eq!(unseal("records/layer", "ab", &bytes), None, "another kind");
    assert_eq!(unseal("records/bins", "ac", &bytes), None, "another name");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            assert_eq!(unseal("records/bins", "ab", &flipped), None, "bit {bit} of byte {at}");
        }
        assert_eq!(unseal("records/bins", "ab", &bytes[..at]), None, "cut at {at}");
    }
    assert_eq!(unseal("records/bins", "ab", &[&bytes[..], b"x"].concat()), None);
    // Files of an older version have no checksum.
    assert_eq!(unseal("records/bins", "ab", b"[1]"), None);
}

#[test]
fn the_checksum_is_that_of_every_version() {
    let digits = fourply_blob::KeyBuilder::new("fourply sealed file of a store v1")
        .value("kind", "derived")
        .value("name", "ab")
        .value("content", Raw(b"x"))
        .finish();
    assert_eq!(seal("derived", "ab", b"x"), format!("x\n{digits}\n").into_bytes());
}
