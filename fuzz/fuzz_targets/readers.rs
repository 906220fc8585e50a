//! The cache's readers, given any bytes. What has to hold is in `harness.rs`, which a plain test feeds as well.
#![no_main]

#[allow(dead_code)] // The samples are for the test.
#[path = "../harness.rs"]
mod harness;

use std::sync::OnceLock;

use harness::Readers;
use libfuzzer_sys::fuzz_target;

static READERS: OnceLock<Readers> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    READERS.get_or_init(Readers::new).read(bytes);
});
