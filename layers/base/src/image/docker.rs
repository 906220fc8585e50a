//! The archives of `docker save`, skopeo and Podman. In: the archive's files. Out: the configuration as received, and
//! layers of the store. Uncompressed layers are compressed with gzip, always to the same bytes, because registries and
//! disks benefit; compressed ones stay unchanged. All are checked against the diff IDs in the configuration, which
//! identify the archive's content. Source: moby, image/spec/v1.2.md, and Docker's `image/tarexport`.

use std::io::{BufRead, BufReader};

use fourply_blob::Digest;
use fourply_platform::Platform;
use fourply_rootfs::stream::{Form, Hashing, gzip, plain};
use fourply_store::{Progress, Store};
use oci_spec::image::{ImageConfiguration, MediaType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{BaseError, Result};
use crate::image::files::{Archive, ImageFiles};
use crate::layer::{BaseLayer, media_type};
use crate::refusal::Refusal;
use crate::spec::ImageChoice;

const MAX_DOCUMENT: u64 = 8 << 20;

/// One image of `manifest.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Vec<String>,
}

/// An image of the archive.
pub(super) struct Loaded {
    pub layers: Vec<BaseLayer>,
    /// The configuration as received. Docker calls its digest the image's ID.
    pub raw_config: Vec<u8>,
    pub config: Value,
}

/// The compressed form of an uncompressed layer.
#[derive(Serialize, Deserialize)]
struct Packed {
    digest: Digest,
    size: u64,
}

fourply_store::record! {
    /// An uncompressed layer, by the digest of its tar.
    struct PlainLayer<'a> in DockerLayer, rules 2 => Packed {
        diff_id: &'a Digest,
    }
}

/// Loads the image into the store. With a platform, an image for another platform is rejected before a layer is read.
pub(super) fn load(
    archive: &Archive,
    choice: &ImageChoice,
    name: &str,
    platform: Option<&Platform>,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Loaded> {
    let listed = chosen(archive, choice, name)?;
    let raw_config = archive.small(&listed.config, MAX_DOCUMENT)?;
    let config: Value = serde_json::from_slice(&raw_config)
        .map_err(|error| BaseError::malformed(name, &listed.config, error))?;
    let parsed: ImageConfiguration = serde_json::from_value(config.clone())
        .map_err(|error| BaseError::malformed(name, &listed.config, error))?;
    if let Some(platform) = platform {
        super::resolve::check_platform(name, &parsed, platform)?;
    }
    let diff_ids = super::pull::diff_ids(name, &parsed, listed.layers.len())?;
    // A layer in the store does not make an archive complete.
    if let Some(file) = listed.layers.iter().find(|file| !archive.has(file)) {
        return Err(BaseError::malformed(name, file, "the archive does not have it"));
    }
    progress.begin("base image", Some(listed.layers.len() as u64));
    let layers = listed.layers.iter().zip(diff_ids).map(|(file, diff_id)| {
        let layer = layer(archive, file, diff_id, store);
        progress.advance(1);
        layer
    });
    let layers: Result<Vec<_>> = layers.collect();
    progress.end();
    Ok(Loaded { layers: layers?, raw_config, config })
}

fn chosen(archive: &Archive, choice: &ImageChoice, name: &str) -> Result<Listed> {
    let bytes = archive.small("manifest.json", MAX_DOCUMENT)?;
    let mut images: Vec<Listed> =
        serde_json::from_slice(&bytes).map_err(|error| BaseError::malformed(name, "manifest.json", error))?;
    let mut found: Vec<String> =
        images.iter().flat_map(|image| image.repo_tags.clone().unwrap_or_default()).collect();
    found.sort();
    found.dedup();
    let wrong = |reference: &str, found| BaseError::NoReference {
        image: name.into(),
        reference: reference.into(),
        found,
    };
    // Some tools list an image once for each of its names.
    let first = images.first().cloned();
    let same = |image: &Listed| {
        first.as_ref().is_some_and(|first| first.config == image.config && first.layers == image.layers)
    };
    match choice {
        ImageChoice::Only if images.iter().all(same) => {}
        ImageChoice::Only if images.len() > 1 => return Err(wrong("", found)),
        ImageChoice::Only => {}
        ImageChoice::Name(wanted) => {
            images.retain(|image| image.repo_tags.iter().flatten().any(|tag| same_name(tag, wanted)));
        }
        ImageChoice::Digest(digest) => {
            let reason = Refusal::DigestInDockerArchive { digest: digest.to_string() };
            return Err(BaseError::Refused { image: name.into(), reason });
        }
    }
    let wanted = if let ImageChoice::Name(wanted) = choice { wanted } else { "" };
    images.into_iter().next().ok_or_else(|| wrong(wanted, found))
}

/// `alpine`, `alpine:latest` and `docker.io/library/alpine:latest` are the same name: Docker writes the first two,
/// others the last.
fn same_name(tag: &str, wanted: &str) -> bool {
    fn short(name: &str) -> String {
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        let tagged = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
        if tagged { name.to_owned() } else { format!("{name}:latest") }
    }
    short(tag) == short(wanted)
}

fn layer(archive: &Archive, file: &str, diff_id: Digest, store: &Store) -> Result<BaseLayer> {
    let record = PlainLayer { diff_id: &diff_id };
    if let Some(packed) = store.get(&record)
        && store.blob_of_size(&packed.digest, packed.size).is_some()
    {
        return BaseLayer::new(MediaType::ImageLayerGzip, packed.digest, packed.size, diff_id);
    }
    let mut reader = BufReader::with_capacity(1 << 16, archive.open(file)?);
    let form = Form::of(reader.fill_buf()?);
    let place = archive.place();
    let fault = |error: std::io::Error| BaseError::malformed(&place, file, error);
    let mut blob = store.blob_writer()?;
    let (media_type, actual, digest, size) = match media_type(form) {
        Some(media_type @ (MediaType::ImageLayerGzip | MediaType::ImageLayerZstd)) => {
            std::io::copy(&mut reader, &mut blob).map_err(fault)?;
            let (digest, size) = blob.commit(None)?;
            (media_type, diff_id_of(store, &digest).map_err(fault)?, digest, size)
        }
        _ => {
            let actual = gzip(plain(reader).map_err(fault)?.1, &mut blob)?;
            if actual != diff_id {
                return Err(BaseError::mismatch(&place, file, &diff_id, &actual));
            }
            let (digest, size) = blob.commit(None)?;
            store.put(&record, &Packed { digest, size })?;
            (MediaType::ImageLayerGzip, actual, digest, size)
        }
    };
    match actual == diff_id {
        true => BaseLayer::new(media_type, digest, size, diff_id),
        false => Err(BaseError::mismatch(&place, file, &diff_id, &actual)),
    }
}

fn diff_id_of(store: &Store, digest: &Digest) -> std::io::Result<Digest> {
    let path = store.blob_path(digest).ok_or(std::io::ErrorKind::NotFound)?;
    let file = BufReader::with_capacity(1 << 16, fs_err::File::open(path)?);
    Ok(Hashing::new(plain(file)?.1).finish()?.0)
}
