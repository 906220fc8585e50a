//! A registry's image as an origin. In: a reference. Out: documents, fetched at once; blobs as files that the store
//! fetches when needed. A blob that the target has too is never fetched.

use fourply_blob::Digest;
use fourply_store::{NoProgress, Store};

use super::error::TransferError;
use super::origin::Origin;
use crate::blob::{Blob, BlobContent};
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::reference::Reference;
use crate::referrer::Referrer;
use crate::registry::Registries;

/// The size limit of a blob that is read into memory, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// An image in a registry.
#[derive(Debug)]
pub struct Remote<'r> {
    registries: &'r Registries,
    store: &'r Store,
    reference: Reference,
}

impl<'r> Remote<'r> {
    /// The image with this name. This sends no request.
    pub fn new(registries: &'r Registries, store: &'r Store, reference: Reference) -> Remote<'r> {
        Remote { registries, store, reference }
    }
}

impl Origin for Remote<'_> {
    fn name(&self) -> String {
        self.reference.to_string()
    }

    fn root(&self) -> Result<Manifest, TransferError> {
        Ok(self.registries.manifest(&self.reference)?)
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, TransferError> {
        Ok(self.registries.manifest(&self.reference.with_digest(&descriptor.digest)?)?)
    }

    fn referrers(&self, subject: &Digest) -> Result<Vec<Referrer>, TransferError> {
        Ok(self.registries.referrers(&self.reference, subject)?)
    }

    fn companions(&self, subject: &Digest) -> Result<Vec<(String, Manifest)>, TransferError> {
        Ok(self.registries.companions(&self.reference, subject)?)
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, TransferError> {
        Ok(Blob {
            descriptor: descriptor.clone(),
            content: BlobContent::File(self.store.blob_place(&descriptor.digest)),
            origin: Some(self.reference.name()),
        })
    }

    fn bytes(&self, descriptor: &Descriptor) -> Result<Vec<u8>, TransferError> {
        if descriptor.size > MAX_BYTES {
            let reason = format!("{} has {} bytes, which is too much", descriptor.digest, descriptor.size);
            return Err(TransferError::Tree { image: self.name(), reason: reason.into() });
        }
        self.registries.fetch(&self.reference, std::slice::from_ref(descriptor), &NoProgress)?;
        let path = self.store.blob_place(&descriptor.digest);
        fs_err::read(path).map_err(|source| TransferError::Io { what: descriptor.digest.to_string(), source })
    }
}
