#![allow(clippy::unwrap_used)]

use super::{HashAlgorithm, Integrity};

#[test]
fn the_strongest_algorithm_counts_and_any_of_its_digests_will_do() {
    let weak = "sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=";
    let both = format!("{weak} {} {}", Integrity::of(b"other"), Integrity::of(b"test"));
    let integrity: Integrity = both.parse().unwrap();
    assert_eq!(integrity.algorithm(), HashAlgorithm::Sha512);
    integrity.verify("x", b"test").unwrap();
    integrity.verify("x", b"other").unwrap();
    assert!(integrity.verify("x", b"third").unwrap_err().to_string().contains("sha512-"));
    let weak: Integrity = weak.parse().unwrap();
    weak.verify("x", b"test").unwrap();
}

#[test]
fn what_promises_nothing_is_refused() {
    for text in ["", "md5-abc", "sha512-abc", "sha512", "sha512-!!!!"] {
        text.parse::<Integrity>().unwrap_err();
    }
}
