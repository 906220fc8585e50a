//! Image trees → one archive. In: images whose blobs are on this host, and the other side's blobs. Out: a tar whose
//! bytes depend only on the input: an OCI layout with every manifest, and with the blobs that the other side lacks.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::Digest;
use fourply_store::Progress;
use serde_json::{Map, Value, json};

use super::contents::{Absent, BundleContents, FILE};
use super::deltas::Deltas;
use super::image::BundledImage;
use super::since::Since;
use crate::blob::Blob;
use crate::manifest::Manifest;
use crate::media_type;
use crate::sink::layout::{INDEX, MARK, MARK_CONTENT};
use crate::sink::{SinkError, archive, file};

/// The result of [`write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleReport {
    /// Number of written blobs and manifests.
    pub written: usize,
    /// Number of omitted blobs.
    pub left_out: usize,
    /// Number of deltas.
    pub deltas: usize,
    /// The size of the blobs that deltas replace, in bytes.
    pub before: u64,
    /// The size of the deltas in bytes.
    pub after: u64,
    /// The archive's size in bytes.
    pub bytes: u64,
}

/// Writes the archive at `path`. An existing file is replaced once the archive is complete.
///
/// # Errors
/// If a blob cannot be read or is damaged, or the file cannot be written.
pub fn write(
    path: &Path,
    images: &[BundledImage],
    since: &Since,
    deltas: &Deltas,
    progress: &dyn Progress,
) -> Result<BundleReport, SinkError> {
    let mut contents = BundleContents::default();
    let mut blobs: BTreeMap<String, Blob> = BTreeMap::new();
    let no_deltas = Deltas::default();
    for image in images {
        // An included store is for a host that may have nothing.
        let whole = Since::default();
        let (since, deltas) = match image.artifact_type {
            Some(_) => (&whole, &no_deltas),
            None => (since, deltas),
        };
        for blob in &image.tree.blobs {
            sort(blob, since, deltas, &mut contents, &mut blobs);
        }
        for manifest in &image.tree.manifests {
            blobs.insert(manifest.descriptor.digest.hex(), manifest.blob());
        }
    }
    let mut documents = BTreeMap::from([(MARK.to_owned(), MARK_CONTENT.to_vec())]);
    documents.insert(INDEX.to_owned(), bytes(&index(images, &contents), INDEX)?);
    documents.insert(FILE.to_owned(), bytes(&contents, FILE)?);
    progress.begin_bytes("bundle", blobs.values().map(|blob| blob.descriptor.size).sum());
    file::write(path, |out| {
        let failed = |source| SinkError::Archive { path: path.to_path_buf(), source };
        archive::pack(out, &blobs, &documents, progress).map_err(failed)
    })?;
    progress.end();
    let size = fs_err::metadata(path).map_err(SinkError::io("cannot read the bundle"))?.len();
    let as_deltas = || contents.deltas.values();
    Ok(BundleReport {
        written: blobs.len(),
        left_out: contents.absent.len(),
        deltas: contents.deltas.len(),
        before: as_deltas().map(|one| one.size).sum(),
        after: as_deltas().map(|one| one.delta.size).sum(),
        bytes: size,
    })
}

fn sort(
    blob: &Blob,
    since: &Since,
    deltas: &Deltas,
    contents: &mut BundleContents,
    blobs: &mut BTreeMap<String, Blob>,
) {
    let digest = blob.descriptor.digest;
    match since.repository(&digest) {
        Some(repository) if !blobs.contains_key(&digest.hex()) => {
            let absent = Absent { size: blob.descriptor.size, repository: repository.clone() };
            contents.absent.insert(digest, absent);
        }
        Some(_) => {}
        None => {
            contents.absent.remove(&digest);
            let delta = deltas.put(&blob.descriptor, contents);
            let blob = delta.unwrap_or_else(|| blob.clone());
            blobs.insert(blob.descriptor.digest.hex(), blob);
        }
    }
}

/// The name of another tag in an image's repository.
fn sibling(name: &str, tag: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let repository = match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    };
    format!("{repository}:{tag}")
}

/// Every image under its name, then its referrers, in the order that readers of layouts expect; then cosign's tags.
fn index(images: &[BundledImage], contents: &BundleContents) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    let mut listed: Vec<Digest> = Vec::new();
    for image in images {
        let tree = &image.tree;
        let named = tree.manifests.iter().filter(|one| one.descriptor.digest == tree.root);
        entries.extend(named.map(|root| {
            let mut entry = entry(root, Some(&image.name), image.artifact_type.as_deref());
            if let (Some(platform), Value::Object(entry)) =
                (hidden_platform(image, root, contents), &mut entry)
            {
                entry.insert("platform".to_owned(), platform);
            }
            entry
        }));
        for manifest in &tree.manifests {
            let digest = manifest.descriptor.digest;
            if tree.referrers.contains(&digest) && !listed.contains(&digest) {
                listed.push(digest);
                let value: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
                entries.push(entry(manifest, None, value.get("artifactType").and_then(Value::as_str)));
            }
        }
        for (tag, digest) in &tree.companions {
            let manifest = tree.manifests.iter().find(|one| one.descriptor.digest == *digest);
            let name = sibling(&image.name, tag);
            entries.extend(manifest.map(|manifest| entry(manifest, Some(&name), None)));
        }
    }
    json!({ "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries })
}

/// The platform of a single image whose configuration is a delta. It makes the platform known without rebuilding the
/// configuration.
fn hidden_platform(image: &BundledImage, root: &Manifest, contents: &BundleContents) -> Option<Value> {
    let names = root.names(&image.name).ok()?;
    let config = names.blobs.first().filter(|config| contents.deltas.contains_key(&config.digest))?;
    let blob = image.tree.blobs.iter().find(|blob| blob.descriptor.digest == config.digest)?;
    let config: Value = serde_json::from_reader(blob.open().ok()?).ok()?;
    let text = |key: &str| config.get(key).and_then(Value::as_str);
    let mut platform = json!({ "architecture": text("architecture")?, "os": text("os")? });
    if let (Some(variant), Some(platform)) = (text("variant"), platform.as_object_mut()) {
        platform.insert("variant".to_owned(), json!(variant));
    }
    Some(platform)
}

fn entry(manifest: &Manifest, name: Option<&str>, artifact_type: Option<&str>) -> Value {
    let mut entry = Map::from_iter([
        ("mediaType".to_owned(), json!(manifest.descriptor.media_type)),
        ("digest".to_owned(), json!(manifest.descriptor.digest)),
        ("size".to_owned(), json!(manifest.descriptor.size)),
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
