//! Writes the seeds of every target to `corpus/TARGET/`, so that none has to be kept as a file.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "harness.rs"]
mod harness;
#[path = "parsers.rs"]
mod parsers;

use std::path::Path;

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let parsers = parsers::targets().into_iter().map(|(name, _)| (name, parsers::seeds(name)));
    for (name, seeds) in parsers.chain([("readers", harness::Readers::new().samples())]) {
        std::fs::create_dir_all(corpus.join(name)).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(corpus.join(name).join(format!("seed-{number}")), seed).unwrap();
        }
    }
}
