//! The same image with Docker's media types, for registries that know no others. In: an [`ImageTree`]. Out: a tree with
//! other manifests, and the same configurations and layers byte for byte. Docker's manifests have no annotations.
//! Referrers such as signatures and attestations name the original digest, so they are left out. Sources: distribution,
//! docs/spec/manifest-v2-2.md; OCI image specification, media-types.md, "Compatibility Matrix".

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Digest, Reason};
use oci_client::manifest::{IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::descriptor::Descriptor;
use crate::manifest::{Manifest, ManifestError};
use crate::media_type;
use crate::tree::ImageTree;

const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const PLAIN: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// The platform fields in Docker's manifest list.
const PLATFORM: [&str; 5] = ["architecture", "os", "os.version", "os.features", "variant"];

/// The media types of an image's manifests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MediaTypes {
    /// Unchanged: OCI's, for every image that is built here.
    #[default]
    Own,
    /// Docker's.
    Docker,
}

impl MediaTypes {
    /// The image with these media types, and the number of manifests that are left out because Docker's form cannot
    /// express them.
    ///
    /// # Errors
    /// If a part of the image has no Docker media type.
    pub fn of(self, tree: ImageTree) -> Result<(ImageTree, usize), ManifestError> {
        match self {
            MediaTypes::Own => Ok((tree, 0)),
            MediaTypes::Docker => docker(tree),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DockerManifest {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DockerList {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<DockerEntry>,
}

#[derive(Serialize)]
struct DockerEntry {
    #[serde(flatten)]
    descriptor: Descriptor,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Map<String, Value>>,
}

fn docker(tree: ImageTree) -> Result<(ImageTree, usize), ManifestError> {
    let mut new: BTreeMap<Digest, Manifest> = BTreeMap::new();
    let mut order = Vec::new();
    for manifest in &tree.manifests {
        let old = manifest.descriptor.digest;
        let speaks_of = tree.companions.values().any(|one| *one == old);
        if tree.referrers.contains(&old) || speaks_of || new.contains_key(&old) {
            continue;
        }
        if let Some(converted) = converted(manifest, &new)? {
            new.insert(old, converted);
            order.push(old);
        }
    }
    let root = new.get(&tree.root).ok_or_else(|| ManifestError {
        image: tree.root.to_string(),
        reason: "it is an artifact and no image, which docker's media types have no form for".into(),
    })?;
    let root = root.descriptor.digest;
    let left = tree.manifests.iter().filter(|one| !new.contains_key(&one.descriptor.digest)).count();
    let manifests: Vec<Manifest> = order.iter().filter_map(|old| new.get(old).cloned()).collect();
    let mut types = BTreeMap::new();
    for manifest in &manifests {
        let blobs = manifest.names("the image")?.blobs;
        types.extend(blobs.into_iter().map(|blob| (blob.digest, blob.media_type)));
    }
    // Blobs of omitted manifests are omitted too.
    let blobs = tree.blobs.into_iter().filter_map(|mut blob| {
        blob.descriptor.media_type = types.get(&blob.descriptor.digest)?.clone();
        Some(blob)
    });
    let blobs = blobs.collect();
    let (referrers, companions) = (BTreeSet::new(), BTreeMap::new());
    Ok((ImageTree { manifests, blobs, root, referrers, companions, platform: tree.platform }, left))
}

/// The manifest in Docker's form; `None` if it has none. `children` are the manifests converted so far.
fn converted(
    manifest: &Manifest,
    children: &BTreeMap<Digest, Manifest>,
) -> Result<Option<Manifest>, ManifestError> {
    let media_type = manifest.descriptor.media_type.as_str();
    if media_type == IMAGE_MANIFEST_MEDIA_TYPE {
        return Ok(Some(manifest.clone()));
    }
    let fault = |reason: Reason| ManifestError { image: manifest.descriptor.digest.to_string(), reason };
    let document: Value = serde_json::from_slice(&manifest.bytes)
        .map_err(|error| fault(Reason::because("it is no JSON", error)))?;
    let written = match document.get("manifests").and_then(Value::as_array) {
        Some(entries) if media_type == IMAGE_MANIFEST_LIST_MEDIA_TYPE && all_stay(entries, children) => {
            return Ok(Some(manifest.clone()));
        }
        Some(entries) => list(entries, children).map(|(kind, bytes)| Some((kind, bytes))),
        None if is_image(&document) => image(manifest, fault)?.map(Some),
        None => Ok(None),
    };
    let written = written.map_err(|error| fault(Reason::because("it cannot be written as JSON", error)))?;
    Ok(written.map(|(kind, bytes)| Manifest::new(kind, bytes)))
}

/// Whether each entry of an index names an unchanged manifest.
fn all_stay(entries: &[Value], children: &BTreeMap<Digest, Manifest>) -> bool {
    let stays = |entry: &Value| {
        let digest: Option<Digest> =
            entry.get("digest").and_then(Value::as_str).and_then(|text| text.parse().ok());
        digest.is_some_and(|digest| {
            children.get(&digest).is_some_and(|child| child.descriptor.digest == digest)
        })
    };
    entries.iter().all(stays)
}

type Written = Result<(&'static str, Vec<u8>), serde_json::Error>;

/// Whether this is the manifest of a runnable image.
fn is_image(document: &Value) -> bool {
    let config = document.get("config").and_then(|config| config.get("mediaType")).and_then(Value::as_str);
    let layers = document.get("layers").and_then(Value::as_array);
    // BuildKit's attestations have an image's configuration.
    let attests = |layer: &Value| {
        layer.get("mediaType").and_then(Value::as_str) == Some("application/vnd.in-toto+json")
    };
    document.get("subject").is_none()
        && document.get("artifactType").is_none()
        && config.is_some_and(|config| [media_type::CONFIG, CONFIG].contains(&config))
        && !layers.is_some_and(|layers| layers.iter().any(attests))
}

fn image(manifest: &Manifest, fault: impl Fn(Reason) -> ManifestError) -> Result<Written, ManifestError> {
    let mut blobs = manifest.names("the image")?.blobs.into_iter();
    let config = blobs.next().ok_or_else(|| fault("it has no configuration".into()))?;
    let config = Descriptor { media_type: CONFIG.to_owned(), ..config };
    let layers = blobs.map(|layer| match layer_type(&layer.media_type) {
        Some(media_type) => Ok(Descriptor { media_type: media_type.to_owned(), ..layer }),
        None => {
            let Descriptor { digest, media_type, .. } = layer;
            Err(fault(
                format!("docker has no media type for its layer {digest}, which is of the kind {media_type}")
                    .into(),
            ))
        }
    });
    let layers = layers.collect::<Result<_, _>>()?;
    let media_type = IMAGE_MANIFEST_MEDIA_TYPE;
    let document = DockerManifest { schema_version: 2, media_type, config, layers };
    Ok(serde_json::to_vec(&document).map(|bytes| (media_type, bytes)))
}

fn layer_type(media_type: &str) -> Option<&'static str> {
    match media_type {
        "application/vnd.oci.image.layer.v1.tar+gzip" | GZIP => Some(GZIP),
        "application/vnd.oci.image.layer.v1.tar" | PLAIN => Some(PLAIN),
        _ => None,
    }
}

fn list(entries: &[Value], children: &BTreeMap<Digest, Manifest>) -> Written {
    let entry = |entry: &Value| {
        let digest: Digest = entry.get("digest")?.as_str()?.parse().ok()?;
        let known = |platform: &Map<String, Value>| {
            let kept =
                PLATFORM.iter().filter_map(|key| Some(((*key).to_owned(), platform.get(*key)?.clone())));
            kept.collect::<Map<String, Value>>()
        };
        let platform = entry.get("platform").and_then(Value::as_object).map(known);
        Some(DockerEntry { descriptor: children.get(&digest)?.descriptor.clone(), platform })
    };
    let media_type = IMAGE_MANIFEST_LIST_MEDIA_TYPE;
    let manifests = entries.iter().filter_map(entry).collect();
    let document = DockerList { schema_version: 2, media_type, manifests };
    serde_json::to_vec(&document).map(|bytes| (media_type, bytes))
}

#[cfg(test)]
mod tests;
