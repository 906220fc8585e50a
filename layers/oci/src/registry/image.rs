//! One image of one repository, for whoever reads it piece by piece. In: a name. Out: documents and blobs, as they are asked for.

use std::io::Write;

use fourply_blob::Digest;

use super::client::Registries;
use super::error::RegistryError;
use super::pull;
use crate::descriptor::Descriptor;
use crate::manifest::Document;
use crate::reference::Reference;

/// An image of a registry.
#[derive(Debug, Clone)]
pub struct RegistryImage {
    registries: Registries,
    reference: Reference,
}

impl RegistryImage {
    /// The image with this name. Nothing is asked yet.
    ///
    /// # Errors
    /// Where the name is no reference.
    pub fn new(registries: &Registries, name: &str) -> Result<RegistryImage, RegistryError> {
        Ok(RegistryImage { registries: registries.clone(), reference: Reference::parse(name)? })
    }

    /// The name, in full.
    pub fn name(&self) -> String {
        self.reference.to_string()
    }

    /// The document that the name leads to (`None`), or that has this digest, of at most `max` bytes.
    ///
    /// # Errors
    /// Where it is not there, not what its digest says, or the registry cannot be reached.
    pub fn document(&self, digest: Option<&Digest>, max: u64) -> Result<Document, RegistryError> {
        let work = pull::document(&self.registries.transport, &self.reference, digest, max);
        self.registries.runtime.block_on(work)
    }

    /// Writes a blob, checked against its digest while it comes.
    ///
    /// # Errors
    /// Where it is not there or not what its digest says; what was written until then is useless.
    pub fn blob(&self, blob: &Descriptor, out: &mut dyn Write) -> Result<(), RegistryError> {
        let work = pull::blob(&self.registries.transport, &self.reference, blob, out);
        self.registries.runtime.block_on(work)
    }
}
