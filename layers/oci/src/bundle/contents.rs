//! `fourply-bundle.json`, beside a bundle's index: what was left out, and where the other side has it. In: its bytes. Out: the same,
//! checked. A layout without it is a bundle that leaves nothing out.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::{Digest, Reason};
use serde::{Deserialize, Serialize};

use crate::reference::Reference;
use crate::transfer::{Local, TransferError};

/// The name of the document.
pub(super) const FILE: &str = "fourply-bundle.json";
/// The version of its form.
const VERSION: u32 = 1;

/// What a bundle leaves out, as its document tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleContents {
    version: u32,
    /// By digest, the blobs that were left out.
    pub absent: BTreeMap<Digest, Absent>,
}

/// What is wrong with the document.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// It has another form.
    #[error("it is no JSON of its form")]
    Json(#[from] serde_json::Error),
    /// A later program wrote it.
    #[error("it is of version {0}, which is not known here")]
    Version(u32),
    /// A name that would lead elsewhere.
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
        BundleContents { version: VERSION, absent: BTreeMap::new() }
    }
}

impl BundleContents {
    /// The document of an open bundle.
    ///
    /// # Errors
    /// Where it cannot be read.
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
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<BundleContents, ContentsError> {
        let contents: BundleContents = serde_json::from_slice(bytes)?;
        if contents.version != VERSION {
            return Err(ContentsError::Version(contents.version));
        }
        for absent in contents.absent.values() {
            let name = format!("localhost/{}", absent.repository);
            let whole = Reference::parse(&name).is_ok_and(|found| found.repository() == absent.repository);
            if !whole {
                return Err(ContentsError::Repository(absent.repository.clone()));
            }
        }
        Ok(contents)
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
            let contents = BundleContents { version: 1, absent: [(Digest::of(b"x"), absent)].into() };
            serde_json::to_vec(&contents).unwrap()
        };
        assert_eq!(BundleContents::parse(&document("erp/auth")).unwrap().absent.len(), 1);
        for wrong in ["", "../x", "a/b:1", "evil.example:5000/x@y", "a b", "Upper"] {
            assert!(BundleContents::parse(&document(wrong)).is_err(), "{wrong}");
        }
        assert!(
            BundleContents::parse(br#"{"version":2,"absent":{}}"#)
                .unwrap_err()
                .to_string()
                .contains("version 2")
        );
    }
}
