//! Freights → one archive. In: images whose blobs are on this machine, and what the other side has. Out: a tar that is the same for the same
//! images: an OCI layout with every manifest, and with the blobs that the other side lacks.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::Digest;
use fourply_store::Progress;
use serde_json::{Map, Value, json};

use super::contents::{Absent, Contents, FILE};
use super::{Bundled, Since};
use crate::image::{Blob, INDEX_MEDIA_TYPE, Source};
use crate::registry::Manifest;
use crate::sink::layout::{INDEX, MARK, MARK_CONTENT};
use crate::sink::{SinkError, archive, file};
use crate::transfer::Held;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleReport {
    /// How many blobs and manifests.
    pub written: usize,
    /// How many blobs the other side has.
    pub left_out: usize,
    /// The archive's size in bytes.
    pub bytes: u64,
}

/// Writes the archive at `path`, in place of what was there, once it is whole.
///
/// # Errors
/// Where a blob cannot be read or is damaged, or the file cannot be written.
pub fn write(
    path: &Path,
    images: &[Bundled],
    since: &Since,
    progress: &dyn Progress,
) -> Result<BundleReport, SinkError> {
    let mut contents = Contents::default();
    let mut blobs: BTreeMap<String, Blob<'_>> = BTreeMap::new();
    for image in images {
        // A store that travels along is for a machine that may have nothing.
        let whole = Since::default();
        let since = if image.artifact_type.is_some() { &whole } else { since };
        for held in image.freight.blobs.values() {
            sort(held, since, &mut contents, &mut blobs);
        }
        for manifest in &image.freight.manifests {
            blobs.insert(manifest.content.digest.hex(), document(manifest));
        }
    }
    let mut documents = BTreeMap::from([(MARK.to_owned(), MARK_CONTENT.to_vec())]);
    documents.insert(INDEX.to_owned(), bytes(&index(images), INDEX)?);
    documents.insert(FILE.to_owned(), bytes(&contents, FILE)?);
    progress.begin_bytes("bundle", blobs.values().map(|blob| blob.content.size).sum());
    file::write(path, |out| {
        let failed = |source| SinkError::Archive { path: path.to_path_buf(), source };
        archive::pack(out, &blobs, &documents, progress).map_err(failed)
    })?;
    progress.end();
    let size = fs_err::metadata(path).map_err(SinkError::io("cannot read the bundle"))?.len();
    Ok(BundleReport { written: blobs.len(), left_out: contents.absent.len(), bytes: size })
}

fn sort<'h>(held: &'h Held, since: &Since, contents: &mut Contents, blobs: &mut BTreeMap<String, Blob<'h>>) {
    let digest = held.content.digest;
    match since.repository(&digest) {
        Some(repository) if !blobs.contains_key(&digest.hex()) => {
            let absent = Absent { size: held.content.size, repository: repository.clone() };
            contents.absent.insert(digest, absent);
        }
        Some(_) => {}
        None => {
            contents.absent.remove(&digest);
            blobs.insert(digest.hex(), held.blob());
        }
    }
}

fn document(manifest: &Manifest) -> Blob<'_> {
    Blob { content: manifest.content.clone(), source: Source::Bytes(&manifest.bytes), origin: None }
}

/// Every image under its name, then what refers to it, as tools that read layouts look for it.
fn index(images: &[Bundled]) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    let mut listed: Vec<Digest> = Vec::new();
    for image in images {
        let freight = &image.freight;
        let named = freight.manifests.iter().filter(|one| one.content.digest == freight.root);
        entries.extend(named.map(|root| entry(root, Some(&image.name), image.artifact_type.as_deref())));
        for manifest in &freight.manifests {
            let digest = manifest.content.digest;
            if freight.referrers.contains(&digest) && !listed.contains(&digest) {
                listed.push(digest);
                let value: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
                entries.push(entry(manifest, None, value.get("artifactType").and_then(Value::as_str)));
            }
        }
    }
    json!({ "schemaVersion": 2, "mediaType": INDEX_MEDIA_TYPE, "manifests": entries })
}

fn entry(manifest: &Manifest, name: Option<&str>, artifact_type: Option<&str>) -> Value {
    let mut entry = Map::from_iter([
        ("mediaType".to_owned(), json!(manifest.content.media_type)),
        ("digest".to_owned(), json!(manifest.content.digest)),
        ("size".to_owned(), json!(manifest.content.size)),
    ]);
    if let Some(artifact_type) = artifact_type {
        entry.insert("artifactType".to_owned(), json!(artifact_type));
    }
    if let Some(name) = name {
        let annotations = json!({ (oci_spec::image::ANNOTATION_REF_NAME): name });
        entry.insert("annotations".to_owned(), annotations);
    }
    Value::Object(entry)
}

fn bytes(value: &impl serde::Serialize, document: &'static str) -> Result<Vec<u8>, SinkError> {
    serde_json::to_vec(value).map_err(|source| SinkError::Json { document, source })
}
