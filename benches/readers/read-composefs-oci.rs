//! Reads a layer as composefs does. In: a layout, a file, gzip or zstd. Out: the SHA-256 of the archive, and its bytes.
//!
//! needs: composefs-oci = { version = "VERSION", default-features = false }
//! needs: containers-image-proxy = { version = "0.11", default-features = false }
//! needs: tokio = { version = "1", features = ["fs", "io-util", "rt", "macros"] }

use composefs_oci::layer::decompress_async;
use containers_image_proxy::oci_spec::image::MediaType;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let kind = if arguments[3] == "zstd" { MediaType::ImageLayerZstd } else { MediaType::ImageLayerGzip };
    let file = tokio::fs::File::open(&arguments[2]).await.unwrap();
    let mut bytes = Vec::new();
    decompress_async(file, &kind).unwrap().read_to_end(&mut bytes).await.unwrap();
    println!("{:x} {}", Sha256::digest(&bytes), bytes.len());
}
