//! Manifests and indexes as bytes. In: a document as received. Out: its descriptor and its references: other manifests,
//! blobs, its subject. No byte changes, so every digest and signature stays valid. Source: OCI image specification,
//! manifest.md and image-index.md.

use fourply_blob::{Digest, Reason};
use serde_json::Value;

use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;
use crate::media_type;

/// The most references in one manifest: far more than any image has, and a limit for hostile ones.
const MAX_NAMES: usize = 20_000;

/// A manifest or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Media type, digest and size.
    pub descriptor: Descriptor,
    /// The bytes as received or written. The descriptor has their digest.
    pub bytes: Vec<u8>,
}

/// An index or manifest as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The media type that the transport reported (`Content-Type`).
    pub media_type: Option<String>,
    /// The whole document.
    pub bytes: Vec<u8>,
}

/// A manifest that cannot be used or moved unchanged.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {image}: {reason}")]
pub struct ManifestError {
    /// The image's name, and the manifest's digest if known.
    pub image: String,
    /// What is wrong with the manifest.
    #[source]
    pub reason: Reason,
}

/// The references of a manifest or an index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The manifests of an index.
    pub manifests: Vec<Descriptor>,
    /// The blobs of a manifest: its configuration, then its layers in order.
    pub blobs: Vec<Descriptor>,
    /// The digest of the manifest that it refers to.
    pub subject: Option<Digest>,
}

impl Manifest {
    /// These bytes with this media type.
    pub fn new(media_type: &str, bytes: Vec<u8>) -> Manifest {
        Manifest { descriptor: Descriptor::of(media_type, &bytes), bytes }
    }

    /// A received document. Its `mediaType` field overrides the transport's.
    pub(crate) fn of(document: Document) -> Manifest {
        let value: Value = serde_json::from_slice(&document.bytes).unwrap_or_default();
        let own = value.get("mediaType").and_then(Value::as_str).map(str::to_owned);
        let stated = document.media_type.filter(|text| text.starts_with("application/vnd."));
        let shape = if value.get("manifests").is_some() { media_type::INDEX } else { media_type::MANIFEST };
        Manifest::new(&own.or(stated).unwrap_or_else(|| shape.to_owned()), document.bytes)
    }

    /// Reads the references. Errors name `image`.
    ///
    /// # Errors
    /// If the bytes are not a manifest, a digest is not SHA-256, or the layers must not be copied.
    pub fn names(&self, image: &str) -> Result<Names, ManifestError> {
        let fault =
            |reason: Reason| ManifestError { image: format!("{image} ({})", self.descriptor.digest), reason };
        let value: Value = serde_json::from_slice(&self.bytes)
            .map_err(|error| fault(Reason::because("it is no JSON", error)))?;
        let list = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(all)) if all.len() <= MAX_NAMES => all
                .iter()
                .map(descriptor)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|reason| fault(reason.into())),
            Some(_) => Err(fault(format!("its {key} are no list, or too long a one").into())),
        };
        let manifests = list("manifests")?;
        let config =
            value.get("config").map(descriptor).transpose().map_err(|reason| fault(reason.into()))?;
        let layers = list("layers")?;
        match (value.get("manifests").is_some(), config.is_some()) {
            (true, false) | (false, true) => {}
            (true, true) => return Err(fault("it is an index and a manifest at once".into())),
            (false, false) => return Err(fault("it is neither a manifest nor an index".into())),
        }
        let subject =
            value.get("subject").map(descriptor).transpose().map_err(|reason| fault(reason.into()))?;
        let blobs = config.into_iter().chain(layers).collect();
        Ok(Names { manifests, blobs, subject: subject.map(|subject| subject.digest) })
    }

    /// As a blob in memory.
    pub fn blob(&self) -> Blob {
        let content = BlobContent::Bytes(self.bytes.as_slice().into());
        Blob { descriptor: self.descriptor.clone(), content, origin: None }
    }

    /// Whether it is an index.
    pub fn is_index(&self) -> bool {
        serde_json::from_slice::<Value>(&self.bytes).is_ok_and(|value| value.get("manifests").is_some())
    }

    /// The subject's digest, if there is a readable one.
    pub fn subject(&self) -> Option<Digest> {
        let value: Value = serde_json::from_slice(&self.bytes).ok()?;
        value.get("subject")?.get("digest")?.as_str()?.parse().ok()
    }
}

fn descriptor(value: &Value) -> Result<Descriptor, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let media_type = text("mediaType").to_owned();
    let digest = text("digest");
    let shown: String = digest.chars().filter(|letter| !letter.is_control()).take(100).collect();
    let digest = digest.parse().map_err(|_| format!("it names {shown:?}, which is no SHA-256"))?;
    if media_type.contains("foreign") || media_type.contains("nondistributable") {
        return Err(format!("its layer {digest} is of the kind {media_type}, which must not be copied"));
    }
    let size = value.get("size").and_then(Value::as_u64).ok_or("it names something without a size")?;
    Ok(Descriptor { media_type, digest, size })
}

#[cfg(test)]
mod tests;
