//! Manifests and indexes as bytes. In: a document as it came. Out: its descriptor and what it names: other manifests, blobs, its
//! subject. Nothing is changed or written anew, so every digest and signature stays. Source: OCI image specification,
//! manifest.md and image-index.md.

use fourply_base::Document;
use fourply_blob::Digest;
use serde_json::Value;

use super::RegistryError;
use crate::image::{Content, INDEX_MEDIA_TYPE, MANIFEST_MEDIA_TYPE};

/// The most that one manifest names: far beyond any image, and a bound on what a hostile one can ask for.
const MAX_NAMES: usize = 20_000;

/// A manifest or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Media type, digest and size.
    pub content: Content,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a manifest or an index names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Other manifests: an index's.
    pub manifests: Vec<Content>,
    /// Blobs: a manifest's configuration, then its layers in their order.
    pub blobs: Vec<Content>,
    /// The manifest that it says something of.
    pub subject: Option<Digest>,
}

impl Manifest {
    /// These bytes with this media type.
    pub fn new(media_type: &str, bytes: Vec<u8>) -> Manifest {
        Manifest { content: Content::of(media_type, &bytes), bytes }
    }

    /// A document that came from outside. Its own `mediaType` counts more than what the transport said.
    pub(super) fn of(document: Document) -> Manifest {
        let value: Value = serde_json::from_slice(&document.bytes).unwrap_or_default();
        let own = value.get("mediaType").and_then(Value::as_str).map(str::to_owned);
        let stated = document.media_type.filter(|text| text.starts_with("application/vnd."));
        let shape = if value.get("manifests").is_some() { INDEX_MEDIA_TYPE } else { MANIFEST_MEDIA_TYPE };
        Manifest::new(&own.or(stated).unwrap_or_else(|| shape.to_owned()), document.bytes)
    }

    /// Reads what it names; `image` is named in errors.
    ///
    /// # Errors
    /// Where it is no manifest, names something by another hash than SHA-256, or has layers that must not be copied.
    pub fn names(&self, image: &str) -> Result<Names, RegistryError> {
        let fault = |reason: String| RegistryError::Image {
            image: format!("{image} ({})", self.content.digest),
            reason,
        };
        let value: Value =
            serde_json::from_slice(&self.bytes).map_err(|error| fault(format!("no JSON: {error}")))?;
        let list = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(all)) if all.len() <= MAX_NAMES => {
                all.iter().map(content).collect::<Result<Vec<_>, _>>().map_err(fault)
            }
            Some(_) => Err(fault(format!("its {key} are no list, or too long a one"))),
        };
        let manifests = list("manifests")?;
        let config = value.get("config").map(content).transpose().map_err(fault)?;
        let layers = list("layers")?;
        match (value.get("manifests").is_some(), config.is_some()) {
            (true, false) | (false, true) => {}
            (true, true) => return Err(fault("it is an index and a manifest at once".to_owned())),
            (false, false) => return Err(fault("it is neither a manifest nor an index".to_owned())),
        }
        let subject = value.get("subject").map(content).transpose().map_err(fault)?;
        let blobs = config.into_iter().chain(layers).collect();
        Ok(Names { manifests, blobs, subject: subject.map(|subject| subject.digest) })
    }

    /// Whether it is an index.
    pub fn is_index(&self) -> bool {
        serde_json::from_slice::<Value>(&self.bytes).is_ok_and(|value| value.get("manifests").is_some())
    }

    /// The digest of its subject, where it has one that can be read.
    pub fn subject(&self) -> Option<Digest> {
        let value: Value = serde_json::from_slice(&self.bytes).ok()?;
        value.get("subject")?.get("digest")?.as_str()?.parse().ok()
    }
}

fn content(value: &Value) -> Result<Content, String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let media_type = text("mediaType").to_owned();
    let digest = text("digest");
    let shown: String = digest.chars().filter(|letter| !letter.is_control()).take(100).collect();
    let digest = digest.parse().map_err(|_| format!("it names {shown:?}, which is no SHA-256"))?;
    if media_type.contains("foreign") || media_type.contains("nondistributable") {
        return Err(format!("its layer {digest} is of the kind {media_type}, which must not be copied"));
    }
    let size = value.get("size").and_then(Value::as_u64).ok_or("it names something without a size")?;
    Ok(Content { media_type, digest, size })
}

#[cfg(test)]
mod tests;
