//! A root file system in one tarball → a base of one layer. Comes in: a file, here or elsewhere, with its checksum. Goes out:
//! an image of one layer. A gzipped tarball is taken byte for byte; any other form is compressed anew, always to the same bytes,
//! since gzip is what every engine reads.

use std::io::{BufRead, BufReader};
use std::path::Path;

use fourply_blob::{Digest, KeyBuilder};
use fourply_store::{Checksum, Fetcher, Progress, Store};
use oci_spec::image::MediaType;
use serde::{Deserialize, Serialize};

use crate::base::config;
use crate::error::{BaseError, Result};
use crate::image::Image;
use crate::layer::BaseLayer;
use crate::platform::Platform;
use crate::spec::{Location, RootfsSpec};
use crate::stream::{Form, Hashing, gzip, plain};

/// The largest root file system that is fetched.
const MAX_SIZE: u64 = 16 << 30;
/// The store's name for what became of a tarball.
const RECORD: &str = "rootfs";

/// The layer that a tarball became.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Became {
    digest: Digest,
    size: u64,
    diff_id: Digest,
}

/// Takes the tarball into the store.
pub(crate) fn take(
    spec: &RootfsSpec,
    platform: &Platform,
    store: &Store,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<Image> {
    let key = KeyBuilder::new("fourply rootfs v1").field("sha256", spec.sha256.to_string()).finish();
    let known =
        store.record::<Became>(RECORD, &key)?.filter(|became| store.blob_path(&became.digest).is_some());
    let became = match known {
        Some(became) => became,
        None => {
            progress.begin("root file system", None);
            let became = become_layer(spec, store, fetcher);
            progress.end();
            let became = became?;
            store.put_record(RECORD, &key, &became)?;
            became
        }
    };
    let layers = vec![BaseLayer::new(MediaType::ImageLayerGzip, became.digest, became.size, became.diff_id)?];
    let created_by = format!("root file system {}", spec.sha256);
    Ok(Image {
        name: None,
        digest: None,
        pin: None,
        config: config::fresh(platform, &layers, &created_by),
        layers,
    })
}

fn become_layer(spec: &RootfsSpec, store: &Store, fetcher: &Fetcher) -> Result<Became> {
    let name = spec.location.to_string();
    let path = match &spec.location {
        Location::File(path) => path.clone(),
        Location::Url(url) => fetcher.file(url, &Checksum::Sha256(spec.sha256), MAX_SIZE)?,
    };
    let fault = |error: std::io::Error| BaseError::malformed(&name, "a root file system", error);
    verified(&path, &spec.sha256, &name)?;
    let mut file = open(&path)?;
    let gzipped = Form::of(file.fill_buf()?) == Form::Gzip;
    let mut blob = store.blob_writer()?;
    if !gzipped {
        let diff_id = gzip(plain(file).map_err(fault)?.1, &mut blob)?;
        let (digest, size) = blob.commit(None)?;
        return Ok(Became { digest, size, diff_id });
    }
    let diff_id = Hashing::new(plain(file).map_err(fault)?.1).finish().map_err(fault)?.0;
    std::io::copy(&mut open(&path)?, &mut blob)?;
    let (digest, size) = blob.commit(Some(&spec.sha256))?;
    Ok(Became { digest, size, diff_id })
}

fn open(path: &Path) -> Result<BufReader<fs_err::File>> {
    Ok(BufReader::with_capacity(1 << 16, fs_err::File::open(path)?))
}

fn verified(path: &Path, expected: &Digest, name: &str) -> Result<()> {
    let (actual, _) = Hashing::new(fs_err::File::open(path)?).finish()?;
    match actual == *expected {
        true => Ok(()),
        false => Err(BaseError::mismatch(name, "its SHA-256", expected, &actual)),
    }
}
