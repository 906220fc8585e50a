//! Talking to registries: the OCI distribution protocol, with docker's ways of logging in.
//!
//! In: a [`Reference`], credentials files, an [`Image`](crate::image::Image) to push. Out: documents and blobs, each as the base ply
//! wants to read it; or the image at its place. It must not know how an image is built, nor where the base's bytes go.
//!
//! | module | what it holds |
//! |---|---|
//! | `reference` | a name → registry, repository, tag, digest |
//! | `credentials` | docker's and podman's files and helpers → one credential for one repository |
//! | `challenge` | what a registry wants before it answers |
//! | `auth` | challenge and credential → the header, with a token where one is asked for |
//! | `http` | the clients: with proxies, and for this machine without |
//! | `transport` | one request: authorised, retried, bounded; where it may go |
//! | `body` | what a request carries, sent from the file at each attempt |
//! | `answer` | what is read from a response |
//! | `manifest` | manifests as bytes, and what they name |
//! | `pull` | manifests and blobs of an image, as the base ply's source |
//! | `push` | manifests and their blobs → repositories: what is missing, then the manifests, then the tags |
//! | `referrers` | what names a manifest as its subject: the registry's list, or the tag in its place |
//! | `upload` | one blob → one repository |
//! | `error` | what can go wrong |
//!
//! oci-client lends its reference, its error envelope and its media types. Its transport is not used: it reads documents of any
//! size into memory, never renews a token, keeps one credential for a whole registry and retries nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fourply_base::ImageSource;
use fourply_blob::Digest;
use fourply_store::{Progress, Store};
use tokio::runtime::Handle;

use crate::image::{Content, Image};

mod answer;
mod auth;
mod body;
mod challenge;
mod credentials;
mod error;
mod flights;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod manifest;
mod pull;
mod push;
mod reference;
mod referrers;
mod transport;
mod upload;

pub use credentials::{Credential, Credentials, Secret};
pub use error::{ApiError, RegistryError};
pub use http::{HttpClients, http_clients};
pub use manifest::{Manifest, Names};
pub use push::{PushReport, Shipment};
pub use reference::Reference;
pub use referrers::Referrer;

use transport::Transport;

/// How registries are spoken to.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// Where credentials are looked for.
    pub credentials: Credentials,
    /// Plain HTTP where HTTPS fails. Loopback addresses need no such word.
    pub insecure: bool,
    /// The same for these hosts alone (`HOST:PORT`).
    pub insecure_hosts: BTreeSet<String>,
    /// By registry (`docker.io`): `HOST` or `HOST/PREFIX` of others that are read first, in this order.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// Where fetched blobs rest. Without one, nothing can be copied between registries.
    pub store: Option<Store>,
    /// Refuse every request.
    pub offline: bool,
    /// How often a request is repeated that failed for a reason that may pass.
    pub retries: usize,
    /// The wait before the first repetition; it doubles with each, to half a minute at most.
    pub backoff: Duration,
    /// How long a connection may stay silent.
    pub stall: Duration,
    /// How many blobs are looked for and sent at once.
    pub parallel: usize,
    /// Blobs larger than so many bytes are sent in chunks of so many; 0 is never. `None` sends every blob in one request, which is
    /// faster and which every registry takes, and in chunks only what is refused as too large or broken off.
    pub chunk: Option<u64>,
}

impl Default for RegistrySettings {
    /// No credentials; five repetitions that begin after half a second; a minute of silence; six blobs at once; chunks where they are needed.
    fn default() -> Self {
        RegistrySettings {
            credentials: Credentials::default(),
            insecure: false,
            insecure_hosts: BTreeSet::new(),
            mirrors: BTreeMap::new(),
            store: None,
            offline: false,
            retries: 5,
            backoff: Duration::from_millis(500),
            stall: Duration::from_secs(60),
            parallel: 6,
            chunk: None,
        }
    }
}

/// All registries that the program speaks to, with their tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registries {
    transport: Arc<Transport>,
    runtime: Handle,
}

impl Registries {
    /// `runtime` must have several threads or be driven by
    /// another one.
    pub fn new(settings: RegistrySettings, http: HttpClients, runtime: Handle) -> Registries {
        Registries { transport: Arc::new(Transport::new(settings, http)), runtime }
    }

    /// The image with this name, as the base ply reads it. Nothing is asked yet.
    ///
    /// # Errors
    /// Where the name is no reference.
    pub fn source(&self, name: &str) -> Result<Box<dyn ImageSource>, RegistryError> {
        let reference = Reference::parse(name)?;
        Ok(Box::new(pull::RegistrySource::new(self.clone(), reference)))
    }

    /// The digest of the manifest or index that the reference names; `None` where there is none.
    ///
    /// # Errors
    /// Where the registry cannot be reached or refuses.
    pub fn digest(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        self.runtime.block_on(pull::digest(&self.transport, reference))
    }

    /// Pushes an image under each of the references, which have a tag and no digest. Only what a repository lacks is sent.
    /// Blobs come first, then the manifest by its digest, the tags last: whatever fails, a tag names the old image or
    /// the whole new one.
    ///
    /// # Errors
    /// Where a reference has a digest, or a registry cannot be reached or refuses.
    pub fn push(
        &self,
        image: &Image,
        targets: &[Reference],
        progress: &dyn Progress,
    ) -> Result<PushReport, RegistryError> {
        self.ship(&Shipment::of(image), targets, progress)
    }

    /// Pushes any tree of manifests, as [`Registries::push`] does an image. A reference with the root's digest names it without a tag.
    ///
    /// # Errors
    /// As [`Registries::push`].
    pub fn ship(
        &self,
        shipment: &Shipment<'_>,
        targets: &[Reference],
        progress: &dyn Progress,
    ) -> Result<PushReport, RegistryError> {
        self.runtime.block_on(push::push(&self.transport, shipment, targets, progress))
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

    /// Fetches blobs of an image into the store, those that it lacks, several at once.
    ///
    /// # Errors
    /// Where one is not there or not what its digest says.
    pub fn fetch(
        &self,
        from: &Reference,
        blobs: &[Content],
        progress: &dyn Progress,
    ) -> Result<(), RegistryError> {
        self.runtime.block_on(pull::keep_all(&self.transport, from, blobs, progress))
    }
}
