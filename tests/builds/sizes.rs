//! The images of an ERP-like workspace stay small: twelve NestJS services with the dependencies that such services have.

use std::io::Read;
use std::path::Path;

use super::fixtures;
use super::json;
use super::program::{fourply, run, tool};

/// Bytes of layers, as a registry keeps them, and as an engine unpacks them.
const COMPRESSED: u64 = 150_000_000;
const RAW: u64 = 450_000_000;

const CONFIG: &str = "[base]\ndebian = { suite = \"bookworm\", packages = [\"tini\"], node = \"20.20.2\" }\n";

/// The size of a layout's image, as skopeo and the layers themselves tell it.
fn sizes(layout: &Path, name: &str) -> (u64, u64) {
    let reference = format!("oci:{}:{name}", layout.display());
    let manifest = json(&tool("skopeo", &["inspect", "--raw", &reference]));
    let mut all = (0, 0);
    for layer in manifest["layers"].as_array().unwrap() {
        let digest = layer["digest"].as_str().unwrap().trim_start_matches("sha256:");
        let file = std::fs::File::open(layout.join("blobs/sha256").join(digest)).unwrap();
        // The layers of a base keep their own form.
        let plain: Box<dyn Read> = match layer["mediaType"].as_str().unwrap().ends_with("+zstd") {
            true => Box::new(zstd::stream::read::Decoder::new(file).unwrap()),
            false => Box::new(flate2::read::MultiGzDecoder::new(file)),
        };
        all.0 += layer["size"].as_u64().unwrap();
        all.1 += std::io::copy(&mut plain.take(10 * RAW), &mut std::io::sink()).unwrap();
    }
    all
}

#[test]
#[ignore = "needs skopeo"]
fn every_image_of_an_erp_is_below_its_limits() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("size");
    let make = fixtures::project().join("tests/size/make.mjs");
    tool("node", &[make.to_str().unwrap(), root.to_str().unwrap()]);
    std::fs::write(root.join("fourply.toml"), CONFIG).unwrap();
    let layout = dir.path().join("images");
    let output = format!("type=oci,dest={}", layout.display());
    let built =
        run(&mut fourply(&root, &["build", "--all", "--prebuilt", "--compression", "zstd", "-o", &output]));
    let said = String::from_utf8(built.stderr).unwrap();
    assert!(built.status.success(), "{said}");
    let services = String::from_utf8(built.stdout).unwrap();
    let services: Vec<&str> = services.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(services.len(), 12, "{said}");
    for service in services {
        let (compressed, raw) = sizes(&layout, service.trim_start_matches("services/"));
        assert!(
            compressed < COMPRESSED && raw < RAW,
            "{service}: {compressed} compressed, {raw} raw\n{said}"
        );
        assert!(said.lines().any(|line| line.contains(&format!("  {service}: "))), "{said}");
    }
}
