//! The cache's readers, given damaged files: the fuzz target's harness, fed with every cut and many changes of what is really kept.

use fourply_testing::cache_readers::Readers;

#[test]
fn damaged_files_of_the_cache_give_nothing_or_what_was_written() {
    let readers = Readers::new();
    for sample in readers.samples() {
        readers.read(&sample);
        for at in 1..sample.len() {
            readers.read(&sample[..at]);
            let change = |change: fn(u8) -> u8| {
                let mut bytes = sample.clone();
                bytes[at] = change(bytes[at]);
                bytes
            };
            readers.read(&change(|byte| byte ^ 1));
            readers.read(&change(|byte| byte ^ 0x80));
            readers.read(&change(|_| b'9'));
            readers.read(&[&sample[..at], b"99999999999999999999", &sample[at..]].concat());
        }
    }
}
