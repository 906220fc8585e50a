//! A root → a summary for people: platforms, layers, sizes, configuration, referrers. In: an origin. Out:
//! [`Inspection`], whose JSON form is part of the program's contract. Layers are not fetched.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Digest;
use serde::Serialize;
use serde_json::Value;

use super::error::TransferError;
use super::origin::Origin;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::referrer::Referrer;

/// The summary of an image or index.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The name, as requested.
    pub name: String,
    /// The descriptor of its manifest or index.
    #[serde(flatten)]
    pub root: Descriptor,
    /// The size in a registry, each blob counted once, in bytes.
    pub total_size: u64,
    /// One entry for each platform.
    pub images: Vec<ImageInspection>,
    /// The referrers of the root.
    pub referrers: Vec<Referrer>,
}

/// One entry of the summary: one platform's image, or an artifact.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageInspection {
    /// Such as `linux/amd64`; the artifact type if this is not an image.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The size of configuration and layers, each counted once, in bytes.
    pub size: u64,
    /// The creation time in its configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Annotations of the manifest.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// How it is started: the `config` field of its configuration, unchanged.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub config: Value,
    /// From the lowest to the topmost.
    pub layers: Vec<LayerInspection>,
}

/// One layer, with its data from the configuration.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerInspection {
    /// Descriptor of the compressed blob.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// The digest of the uncompressed tar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<String>,
    /// The creator, from the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The description, from the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Inspects the manifest or index that the origin's name leads to.
///
/// # Errors
/// If a document does not exist or is damaged.
pub fn inspect(origin: &dyn Origin) -> Result<Inspection, TransferError> {
    let root = origin.root()?;
    let names = root.names(&origin.name())?;
    let manifests = match names.manifests.is_empty() {
        true => vec![root.clone()],
        false => names.manifests.iter().map(|one| origin.manifest(one)).collect::<Result<Vec<_>, _>>()?,
    };
    let mut sizes: BTreeMap<Digest, u64> = BTreeMap::new();
    let mut images = Vec::new();
    for manifest in &manifests {
        sizes.insert(manifest.descriptor.digest, manifest.descriptor.size);
        let named = manifest.names(&origin.name())?;
        sizes.extend(named.blobs.iter().map(|blob| (blob.digest, blob.size)));
        images.push(image(origin, manifest, &named.blobs)?);
    }
    sizes.insert(root.descriptor.digest, root.descriptor.size);
    Ok(Inspection {
        name: origin.name(),
        total_size: sizes.values().sum(),
        images,
        referrers: origin.referrers(&root.descriptor.digest)?,
        root: root.descriptor,
    })
}

fn image(
    origin: &dyn Origin,
    manifest: &Manifest,
    blobs: &[Descriptor],
) -> Result<ImageInspection, TransferError> {
    let value: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
    let kind = value.get("artifactType").and_then(Value::as_str);
    let annotations = value.get("annotations").and_then(|all| serde_json::from_value(all.clone()).ok());
    let (config, layers) =
        blobs.split_first().map_or((None, blobs), |(config, layers)| (Some(config), layers));
    let is_image = config.is_some_and(|config| {
        config.media_type.contains("image.config") || config.media_type.contains("container.image")
    });
    let document: Value = match config.filter(|_| is_image) {
        Some(config) => serde_json::from_slice(&origin.bytes(config)?).unwrap_or_default(),
        None => Value::Null,
    };
    let different: BTreeSet<(Digest, u64)> = blobs.iter().map(|blob| (blob.digest, blob.size)).collect();
    let other = || kind.or(config.map(|config| config.media_type.as_str())).unwrap_or("unknown").to_owned();
    Ok(ImageInspection {
        platform: platform(&document).unwrap_or_else(other),
        digest: manifest.descriptor.digest,
        size: different.iter().map(|(_, size)| size).sum(),
        created: text(&document, "created"),
        annotations: annotations.unwrap_or_default(),
        config: document.get("config").cloned().unwrap_or_default(),
        layers: layers_of(&document, layers),
    })
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn platform(config: &Value) -> Option<String> {
    let (os, architecture) = (text(config, "os")?, text(config, "architecture")?);
    let variant = text(config, "variant").map(|variant| format!("/{variant}")).unwrap_or_default();
    Some(format!("{os}/{architecture}{variant}"))
}

/// The layers, each with its diff ID and its history entry.
fn layers_of(config: &Value, layers: &[Descriptor]) -> Vec<LayerInspection> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let diff_ids = list(config.get("rootfs").and_then(|rootfs| rootfs.get("diff_ids")));
    let mut history = list(config.get("history"));
    history.retain(|entry| entry.get("empty_layer").and_then(Value::as_bool) != Some(true));
    let described = layers.iter().enumerate().map(|(index, descriptor)| LayerInspection {
        descriptor: descriptor.clone(),
        diff_id: diff_ids.get(index).and_then(Value::as_str).map(str::to_owned),
        created_by: history.get(index).and_then(|entry| text(entry, "created_by")),
        comment: history.get(index).and_then(|entry| text(entry, "comment")),
    });
    described.collect()
}
