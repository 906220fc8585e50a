//! Reads a layer out of a layout with ocipkg, and unpacks it as its own `unpack` does. In: a layout, a file, gzip or zstd. Out: the SHA-256 of the
//! archive, and its bytes.
//!
//! needs: ocipkg = { version = "VERSION", default-features = false }
//! needs: flate2 = "1"

use std::io::Read;

use ocipkg::image::{Image, OciDir};
use sha2::{Digest, Sha256};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let wanted = std::fs::read(&arguments[2]).unwrap();
    let mut image = OciDir::new(std::path::Path::new(&arguments[1])).unwrap();
    let layer = image.get_manifest().unwrap().layers().iter().map(|layer| image.get_blob(layer.digest()).unwrap()).find(|layer| *layer == wanted);
    let layer = layer.expect("the layer is not there");
    assert_eq!(arguments[3], "gzip", "ocipkg unpacks gzip alone; the layer itself was read");
    let mut bytes = Vec::new();
    // ocipkg 0.4.0, src/image/artifact.rs, `unpack`
    flate2::read::GzDecoder::new(layer.as_slice()).read_to_end(&mut bytes).unwrap();
    println!("{:x} {}", Sha256::digest(&bytes), bytes.len());
}
