//! The cache's readers, given any bytes. What has to hold is in `fourply_testing::cache_readers`, which a plain test feeds as well.
#![no_main]

use std::sync::OnceLock;

use fourply_testing::cache_readers::Readers;
use libfuzzer_sys::fuzz_target;

static READERS: OnceLock<Readers> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    READERS.get_or_init(Readers::new).read(bytes);
});
