//! All registries behind one type, which blocks: each call runs on the runtime that it was given.

use std::sync::Arc;

use fourply_blob::Digest;
use fourply_store::Progress;
use tokio::runtime::Handle;

use super::error::RegistryError;
use super::http::HttpClients;
use super::push::PushReport;
use super::settings::RegistrySettings;
use super::transport::Transport;
use super::{companions, pull, push, referrers};
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::reference::Reference;
use crate::referrer::Referrer;
use crate::tree::ImageTree;

/// All registries that the program speaks to, with their tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registries {
    pub(super) transport: Arc<Transport>,
    pub(super) runtime: Handle,
}

impl Registries {
    /// `runtime` must have several threads or be driven by another one.
    pub fn new(settings: RegistrySettings, http: HttpClients, runtime: Handle) -> Registries {
        Registries { transport: Arc::new(Transport::new(settings, http)), runtime }
    }

    /// The digest of the manifest or index that the reference names; `None` where there is none.
    ///
    /// # Errors
    /// Where the registry cannot be reached or refuses.
    pub fn digest(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        self.runtime.block_on(pull::digest(&self.transport, reference))
    }

    /// Pushes an image tree under each of the references, which have a tag and no digest, or the root's digest and no tag. Only what a
    /// repository lacks is sent. Blobs come first, then the manifests by their digests, the tags last: whatever fails, a tag names the old image
    /// or the whole new one.
    ///
    /// # Errors
    /// Where a reference has another digest, or a registry cannot be reached or refuses.
    pub fn push(
        &self,
        tree: &ImageTree,
        targets: &[Reference],
        progress: &dyn Progress,
    ) -> Result<PushReport, RegistryError> {
        self.runtime.block_on(push::push(&self.transport, tree, targets, progress))
    }

    /// The manifest or index that a reference names.
    ///
    /// # Errors
    /// Where it is not there, not what its digest says, or the registry cannot be reached.
    pub fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError> {
        let work = pull::document(&self.transport, reference, None, pull::MAX_DOCUMENT);
        Ok(Manifest::of(self.runtime.block_on(work)?))
    }

    /// The manifests that name this one as their subject.
    ///
    /// # Errors
    /// Where the registry cannot be reached or refuses.
    pub fn referrers(&self, subject: &Reference, digest: &Digest) -> Result<Vec<Referrer>, RegistryError> {
        self.runtime.block_on(referrers::list(&self.transport, subject, digest))
    }

    /// The tags that speak of a manifest by their name, as cosign's do, and what they lead to.
    ///
    /// # Errors
    /// Where the registry cannot be reached or refuses.
    pub fn companions(
        &self,
        subject: &Reference,
        digest: &Digest,
    ) -> Result<Vec<(String, Manifest)>, RegistryError> {
        self.runtime.block_on(companions::list(&self.transport, subject, digest))
    }

    /// Fetches blobs of an image into the store, those that it lacks, several at once.
    ///
    /// # Errors
    /// Where one is not there or not what its digest says.
    pub fn fetch(
        &self,
        from: &Reference,
        blobs: &[Descriptor],
        progress: &dyn Progress,
    ) -> Result<(), RegistryError> {
        self.runtime.block_on(pull::keep_all(&self.transport, from, blobs, progress))
    }
}
