//! All registries behind one blocking type. Each call runs on the given runtime.

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

/// A client for all registries, with their tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registries {
    pub(super) transport: Arc<Transport>,
    pub(super) runtime: Handle,
}

impl Registries {
    /// `runtime` must have several threads, or another thread must drive it.
    pub fn new(settings: RegistrySettings, http: HttpClients, runtime: Handle) -> Registries {
        Registries { transport: Arc::new(Transport::new(settings, http)), runtime }
    }

    /// The digest of the manifest or index that the reference names; `None` if there is none.
    ///
    /// # Errors
    /// If the registry cannot be reached or refuses.
    pub fn digest(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        self.runtime.block_on(pull::digest(&self.transport, reference))
    }

    /// Pushes an image tree under each reference. A reference has a tag and no digest, or the root's digest and no tag.
    /// Only missing parts are sent: first blobs, then manifests by digest, then tags. If the push fails, a tag names
    /// the old image or the complete new one.
    ///
    /// # Errors
    /// If a reference has another digest, or a registry cannot be reached or refuses.
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
    /// If it does not exist, does not match its digest, or the registry cannot be reached.
    pub fn manifest(&self, reference: &Reference) -> Result<Manifest, RegistryError> {
        let work = pull::document(&self.transport, reference, None, pull::MAX_DOCUMENT);
        Ok(Manifest::of(self.runtime.block_on(work)?))
    }

    /// The manifests that name this one as their subject.
    ///
    /// # Errors
    /// If the registry cannot be reached or refuses.
    pub fn referrers(&self, subject: &Reference, digest: &Digest) -> Result<Vec<Referrer>, RegistryError> {
        self.runtime.block_on(referrers::list(&self.transport, subject, digest))
    }

    /// Tags that belong to a manifest by their name, such as cosign's, and their manifests.
    ///
    /// # Errors
    /// If the registry cannot be reached or refuses.
    pub fn companions(
        &self,
        subject: &Reference,
        digest: &Digest,
    ) -> Result<Vec<(String, Manifest)>, RegistryError> {
        self.runtime.block_on(companions::list(&self.transport, subject, digest))
    }

    /// Fetches those blobs of an image that the store lacks, several at once.
    ///
    /// # Errors
    /// If a blob does not exist or does not match its digest.
    pub fn fetch(
        &self,
        from: &Reference,
        blobs: &[Descriptor],
        progress: &dyn Progress,
    ) -> Result<(), RegistryError> {
        self.runtime.block_on(pull::keep_all(&self.transport, from, blobs, progress))
    }
}
