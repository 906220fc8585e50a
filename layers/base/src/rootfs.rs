//! A root file system in one tarball → a base of one layer. In: a local or remote file with its checksum. Out: an image
//! of one layer. A gzipped tarball is used byte for byte. Any other form is compressed again, always to the same bytes,
//! because every engine reads gzip.

use std::io::{BufRead, BufReader};
use std::path::Path;

use fourply_blob::Digest;
use fourply_platform::Platform;
use fourply_rootfs::stream::{Form, Hashing, gzip, plain};
use fourply_store::{Checksum, Fetcher, Progress, Store};
use oci_spec::image::MediaType;
use serde::{Deserialize, Serialize};

use crate::base::config;
use crate::error::{BaseError, Result};
use crate::image::ResolvedImage;
use crate::layer::BaseLayer;
use crate::spec::{Location, RootfsSpec};

/// The size limit of a root file system, in bytes.
const MAX_SIZE: u64 = 16 << 30;

/// The layer of a tarball.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Packed {
    digest: Digest,
    size: u64,
    diff_id: Digest,
}

fourply_store::record! {
    /// A tarball by its checksum.
    struct TarballLayer<'a> in RootfsLayer, rules 2 => Packed {
        sha256: &'a Digest,
    }
}

/// Builds an image of the tarball, whose layer is in the store.
pub(crate) fn build(
    spec: &RootfsSpec,
    platform: &Platform,
    store: &Store,
    fetcher: &Fetcher,
    progress: &dyn Progress,
) -> Result<ResolvedImage> {
    let record = TarballLayer { sha256: &spec.sha256 };
    let known = store.get(&record).filter(|packed| store.blob_of_size(&packed.digest, packed.size).is_some());
    let packed = match known {
        Some(packed) => packed,
        None => {
            progress.begin("root file system", None);
            let packed = pack(spec, store, fetcher);
            progress.end();
            let packed = packed?;
            store.put(&record, &packed)?;
            packed
        }
    };
    let layers = vec![BaseLayer::new(MediaType::ImageLayerGzip, packed.digest, packed.size, packed.diff_id)?];
    let created_by = format!("root file system {}", spec.sha256);
    Ok(ResolvedImage {
        name: None,
        digest: None,
        pin: None,
        config: config::fresh(platform, &layers, &created_by),
        layers,
    })
}

fn pack(spec: &RootfsSpec, store: &Store, fetcher: &Fetcher) -> Result<Packed> {
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
        return Ok(Packed { digest, size, diff_id });
    }
    let diff_id = Hashing::new(plain(file).map_err(fault)?.1).finish().map_err(fault)?.0;
    std::io::copy(&mut open(&path)?, &mut blob)?;
    let (digest, size) = blob.commit(Some(&spec.sha256))?;
    Ok(Packed { digest, size, diff_id })
}

fn regular(path: &Path) -> Result<fs_err::File> {
    Ok(fs_err::File::from_parts(fourply_store::open_file(path)?, path))
}

fn open(path: &Path) -> Result<BufReader<fs_err::File>> {
    Ok(BufReader::with_capacity(1 << 16, regular(path)?))
}

fn verified(path: &Path, expected: &Digest, name: &str) -> Result<()> {
    let (actual, _) = Hashing::new(regular(path)?).finish()?;
    match actual == *expected {
        true => Ok(()),
        false => Err(BaseError::mismatch(name, "its SHA-256", expected, &actual)),
    }
}
