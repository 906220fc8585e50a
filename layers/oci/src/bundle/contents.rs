//! `fourply-bundle.json`, next to a bundle's index: the omitted blobs, and where the other side has them. In: its
//! bytes. Out: its checked contents. A layout without this document is a bundle with all of its blobs.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::{Digest, Encoder, Reason};
use fourply_delta::Delta;
use serde::{Deserialize, Serialize};

use crate::descriptor::Descriptor;
use crate::reference::Reference;
use crate::transfer::{BUNDLE, Local, TransferError};

/// The reason for an error: the document does not name the encoder of a delta.
pub(super) const UNNAMED_ENCODER: &str = "it needs an encoder that the bundle's document does not name";
/// The document's file name.
pub(super) const FILE: &str = BUNDLE;
/// The document version if every blob is complete or omitted.
const WHOLE: u32 = 1;
/// The document version if some blobs are deltas.
const DELTAS: u32 = 2;

/// The contents of a bundle's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleContents {
    version: u32,
    /// The omitted blobs, by digest.
    pub absent: BTreeMap<Digest, Absent>,
    /// The blobs that the bundle holds as deltas, by digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deltas: BTreeMap<Digest, BundledDelta>,
    /// The blobs of the other side that the deltas need, by digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<Digest, DeltaSource>,
    /// The encoders that reproduce the same bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoders: Vec<Encoder>,
    /// The program that wrote the deltas.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub writer: String,
}

/// A blob that is in the bundle as a delta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundledDelta {
    /// The blob's own size in bytes.
    pub size: u64,
    /// Descriptor of the delta, which is a blob of the bundle.
    pub delta: Descriptor,
}

/// A blob of the other side that a delta needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaSource {
    /// Its size in bytes.
    pub size: u64,
    /// A repository of the other side that has it, without the registry.
    pub repository: String,
    /// The image of the other side that has it, as `REPOSITORY:TAG`.
    pub image: String,
}

/// Why the document is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// The JSON is invalid or has another shape.
    #[error("it is no JSON of its form")]
    Json(#[from] serde_json::Error),
    /// A newer program wrote it.
    #[error("it is of version {0}, which is not known here")]
    Version(u32),
    /// A repository name that could lead to another location.
    #[error("{0:?} is no repository")]
    Repository(String),
}

/// A blob that is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Its size in bytes.
    pub size: u64,
    /// A repository of the other side that has it, without the registry.
    pub repository: String,
}

impl Default for BundleContents {
    fn default() -> Self {
        BundleContents {
            version: WHOLE,
            absent: BTreeMap::new(),
            deltas: BTreeMap::new(),
            sources: BTreeMap::new(),
            encoders: Vec::new(),
            writer: String::new(),
        }
    }
}

impl BundleContents {
    /// Reads the document of an open bundle.
    ///
    /// # Errors
    /// If the document cannot be read.
    pub fn of(bundle: &Local, path: &Path) -> Result<BundleContents, TransferError> {
        let wrong = |error: ContentsError| TransferError::Layout {
            path: path.to_path_buf(),
            reason: Reason::because(format!("its {FILE} cannot be used"), error),
        };
        bundle
            .file(FILE)?
            .map_or(Ok(BundleContents::default()), |bytes| BundleContents::parse(&bytes).map_err(wrong))
    }

    /// Parses the document and checks its version and every repository.
    ///
    /// # Errors
    /// If the JSON, the version or a repository is invalid.
    pub fn parse(bytes: &[u8]) -> Result<BundleContents, ContentsError> {
        let contents: BundleContents = serde_json::from_slice(bytes)?;
        if ![WHOLE, DELTAS].contains(&contents.version) {
            return Err(ContentsError::Version(contents.version));
        }
        let absent = contents.absent.values().map(|absent| &absent.repository);
        for repository in absent.chain(contents.sources.values().map(|source| &source.repository)) {
            let name = format!("localhost/{repository}");
            let whole = Reference::parse(&name).is_ok_and(|found| found.repository() == repository);
            if !whole {
                return Err(ContentsError::Repository(repository.clone()));
            }
        }
        Ok(contents)
    }

    /// Whether the document names all encoders of the delta.
    pub(super) fn has_encoders(&self, delta: &Delta) -> bool {
        delta.encoders().iter().all(|encoder| self.encoders.contains(encoder))
    }

    /// Adds the blob as a delta.
    pub(super) fn add_delta(&mut self, digest: Digest, delta: BundledDelta) {
        self.version = DELTAS;
        self.writer = concat!("fourply ", env!("CARGO_PKG_VERSION")).to_owned();
        self.deltas.insert(digest, delta);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_repositories_are_taken() {
        let document = |repository: &str| {
            let absent = Absent { size: 1, repository: repository.to_owned() };
            let absent = [(Digest::of(b"x"), absent)].into();
            let contents = BundleContents { absent, ..BundleContents::default() };
            serde_json::to_vec(&contents).unwrap()
        };
        assert_eq!(BundleContents::parse(&document("erp/auth")).unwrap().absent.len(), 1);
        for wrong in ["", "../x", "a/b:1", "evil.example:5000/x@y", "a b", "Upper"] {
            assert!(BundleContents::parse(&document(wrong)).is_err(), "{wrong}");
        }
        assert!(
            BundleContents::parse(br#"{"version":3,"absent":{}}"#)
                .unwrap_err()
                .to_string()
                .contains("version 3")
        );
    }
}
