//! An image tree in memory as an origin, for an archive format that is not a layout. In: a tree, a name for messages.
//! Out: its documents and blobs.

use std::io::Read as _;

use fourply_blob::Digest;

use super::error::TransferError;
use super::origin::Origin;
use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::referrer::Referrer;
use crate::tree::ImageTree;

/// The size limit of a blob that is read into memory, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// An image whose manifests are in memory.
#[derive(Debug)]
pub struct Held {
    name: String,
    tree: ImageTree,
}

impl Held {
    /// The tree, with this name in messages.
    pub fn new(name: &str, tree: ImageTree) -> Held {
        Held { name: name.to_owned(), tree }
    }

    fn absent(&self, digest: &Digest) -> TransferError {
        let reason = format!("it has no {digest}").into();
        TransferError::Tree { image: self.name.clone(), reason }
    }
}

impl Origin for Held {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn root(&self) -> Result<Manifest, TransferError> {
        self.tree.root_manifest().cloned().ok_or_else(|| self.absent(&self.tree.root))
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, TransferError> {
        let mut all = self.tree.manifests.iter();
        let found = all.find(|one| one.descriptor.digest == descriptor.digest);
        found.cloned().ok_or_else(|| self.absent(&descriptor.digest))
    }

    fn referrers(&self, _subject: &Digest) -> Result<Vec<Referrer>, TransferError> {
        Ok(Vec::new())
    }

    fn companions(&self, _subject: &Digest) -> Result<Vec<(String, Manifest)>, TransferError> {
        Ok(Vec::new())
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, TransferError> {
        let mut all = self.tree.blobs.iter();
        let found = all.find(|one| one.descriptor.digest == descriptor.digest);
        found.cloned().ok_or_else(|| self.absent(&descriptor.digest))
    }

    fn bytes(&self, descriptor: &Descriptor) -> Result<Vec<u8>, TransferError> {
        let blob = self.blob(descriptor)?;
        let mut bytes = Vec::new();
        let failed = |source| TransferError::Io { what: descriptor.digest.to_string(), source };
        blob.open().map_err(failed)?.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
