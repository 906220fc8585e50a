//! One image of one repository, read piece by piece. In: a name. Out: documents and blobs, on request.

use std::io::Write;

use fourply_blob::Digest;

use super::client::Registries;
use super::error::RegistryError;
use super::pull;
use crate::descriptor::Descriptor;
use crate::manifest::Document;
use crate::reference::Reference;

/// An image in a registry.
#[derive(Debug, Clone)]
pub struct RegistryImage {
    registries: Registries,
    reference: Reference,
}

impl RegistryImage {
    /// The image with this name. This sends no request.
    ///
    /// # Errors
    /// If the name is not a reference.
    pub fn new(registries: &Registries, name: &str) -> Result<RegistryImage, RegistryError> {
        Ok(RegistryImage { registries: registries.clone(), reference: Reference::parse(name)? })
    }

    /// The full name.
    pub fn name(&self) -> String {
        self.reference.to_string()
    }

    /// The document that the name leads to (`None`) or that has this digest, of at most `max` bytes.
    ///
    /// # Errors
    /// If it does not exist, does not match its digest, or the registry cannot be reached.
    pub fn document(&self, digest: Option<&Digest>, max: u64) -> Result<Document, RegistryError> {
        let work = pull::document(&self.registries.transport, &self.reference, digest, max);
        self.registries.runtime.block_on(work)
    }

    /// Writes a blob to `out` and checks its digest.
    ///
    /// # Errors
    /// If it does not exist or does not match its digest. The bytes written so far must then be discarded.
    pub fn blob(&self, blob: &Descriptor, out: &mut dyn Write) -> Result<(), RegistryError> {
        let work = pull::blob(&self.registries.transport, &self.reference, blob, out);
        self.registries.runtime.block_on(work)
    }
}
