//! Entries and blobs of a store → an artifact.

use std::collections::BTreeSet;

use fourply_blob::Digest;
use fourply_store::{Store, StoreEntry, StoreError};
use rayon::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::kinds::BLOB;
use super::shard;
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::media_type;
use crate::tree::ImageTree;

/// An artifact that can be pushed or bundled. Its shards are temporary files that are removed when this value is
/// dropped.
#[derive(Debug)]
pub struct Artifact {
    /// The manifest and its blobs.
    pub tree: ImageTree,
    _shards: TempDir,
}

/// Packs those of these entries and blobs that the store has.
///
/// # Errors
/// If a file of the store cannot be read.
pub fn pack(
    store: &Store,
    entries: &BTreeSet<StoreEntry>,
    blobs: &BTreeSet<Digest>,
) -> Result<Artifact, StoreError> {
    let groups = shard::groups(store, entries)?;
    let folder = TempDir::new_in(store.tmp())?;
    let shards = groups.par_iter().map(|group| shard::write(folder.path(), group));
    let shards: Vec<Blob> = shards.collect::<Result<_, _>>()?;
    let mut layers = shards;
    for digest in blobs {
        if let Some(path) = store.blob_path(digest) {
            let size = fs_err::metadata(&path)?.len();
            let descriptor = Descriptor { media_type: BLOB.to_owned(), digest: *digest, size };
            layers.push(Blob { descriptor, content: BlobContent::File(path), origin: None });
        }
    }
    let config = Blob::in_memory(media_type::EMPTY, &b"{}"[..]);
    let manifest = manifest(&config, &layers);
    let root = manifest.descriptor.digest;
    let tree = ImageTree::new(vec![manifest], root, std::iter::once(config).chain(layers));
    Ok(Artifact { tree, _shards: folder })
}

fn manifest(config: &Blob, layers: &[Blob]) -> Manifest {
    let layers: Vec<&Descriptor> = layers.iter().map(|layer| &layer.descriptor).collect();
    let document = json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": media_type::STORE_ARTIFACT,
        "config": config.descriptor, "layers": layers,
    });
    Manifest::new(media_type::MANIFEST, document.to_string().into_bytes())
}
