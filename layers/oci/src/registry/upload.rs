//! One blob into one repository. In: a blob and the repositories it may be mounted from. Out: what was done. The steps:
//! check whether the blob exists; mount it if possible; fetch the file if it is in another location; upload it from the
//! file, which is reopened for each attempt. A failed attempt leaves no open session, and the next one opens its own. A
//! digest is uploaded to a repository only once at a time.
//!
//! | module | what it holds |
//! |---|---|
//! | `way` | one request or chunks: the method of the next attempt |
//! | `session` | the requests of one upload |
//! | `chunks` | a blob in chunks, and resuming after a cut |

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use fourply_store::Progress;
use reqwest::StatusCode;
use url::Url;

mod chunks;
mod session;
mod way;

use session::Upload;
use way::{UploadPlan, Way};

use super::body::{Meter, Payload};
use super::error::RegistryError;
use super::pull;
use super::transport::Repository;
use crate::blob::{Blob, BlobContent};
use crate::reference::Reference;

/// The result for a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UploadOutcome {
    /// It existed.
    Present,
    /// The registry mounted it from another of its repositories.
    Mounted,
    /// It was sent.
    Uploaded,
}

/// Puts a blob into a repository. `sources` are repositories of the same registry that have it.
pub(super) async fn blob(
    repository: &Repository<'_>,
    blob: &Blob,
    sources: &[String],
    progress: &dyn Progress,
) -> Result<UploadOutcome, RegistryError> {
    let name = repository.reference.name();
    let flights = &repository.transport.flights;
    let flight = flights.of(&name, blob.descriptor.digest);
    let mut arrived = flight.lock().await;
    let meter = Meter::new(progress);
    let what = format!("push blob {} to {name}", blob.descriptor.digest);
    let upload = Upload { repository, blob, what: &what, meter: &meter };
    let outcome = match *arrived {
        true => UploadOutcome::Present,
        false => upload.run(sources).await?,
    };
    *arrived = true;
    flights.arrived(&repository.reference, blob.descriptor.digest);
    meter.reached(blob.descriptor.size);
    Ok(outcome)
}

impl Upload<'_> {
    async fn run(&self, sources: &[String]) -> Result<UploadOutcome, RegistryError> {
        if self.is_present().await? {
            return Ok(UploadOutcome::Present);
        }
        for source in sources {
            if self.mount(source).await? {
                return Ok(UploadOutcome::Mounted);
            }
        }
        self.bring().await?;
        self.send().await?;
        Ok(UploadOutcome::Uploaded)
    }

    /// Repeats until the blob has arrived: after a wait if the failure is transient, at once if another method may
    /// work.
    async fn send(&self) -> Result<(), RegistryError> {
        let transport = self.repository.transport;
        let (settings, reference) = (&transport.settings, &self.repository.reference);
        let size = self.blob.descriptor.size;
        let plan = Mutex::new(UploadPlan::new(size, settings.chunk, transport.flights.refused(reference)));
        let look = || *plan.lock().unwrap_or_else(PoisonError::into_inner);
        let attempts = AtomicU64::new(0);
        let attempt = || async {
            // The blob may have arrived although the response was lost.
            if attempts.fetch_add(1, Ordering::Relaxed) > 0 && self.is_present().await? {
                return Ok(None);
            }
            let before = look();
            let Err(error) = self.attempt(before.way()).await else { return Ok(None) };
            if error.is_too_large() {
                transport.flights.refuse(reference, before.body());
            }
            let elsewise = plan.lock().unwrap_or_else(PoisonError::into_inner).failed(&error);
            if elsewise { Ok(Some(error)) } else { Err(error) }
        };
        while transport.retry(settings.retries, attempt).await?.is_some() {}
        Ok(())
    }

    async fn attempt(&self, way: Way) -> Result<(), RegistryError> {
        let session = self.open().await?;
        let sent = match way {
            Way::Whole => self.whole(&session.url).await,
            Way::Chunks(chunk) => self.in_chunks(&session, chunk).await,
        };
        if sent.is_err() {
            self.cancel(session.url).await;
        }
        sent
    }

    /// Fetches the blob if its file is not on this host: neither the target nor a sibling repository has it.
    async fn bring(&self) -> Result<(), RegistryError> {
        let transport = self.repository.transport;
        let BlobContent::File(path) = &self.blob.content else { return Ok(()) };
        if path.is_file() {
            return Ok(());
        }
        let missing = || RegistryError::Missing {
            digest: self.blob.descriptor.digest,
            target: self.repository.reference.name(),
        };
        let origin = Reference::parse(self.blob.origin.as_deref().ok_or_else(missing)?)?;
        match pull::keep(transport, &origin, &self.blob.descriptor).await {
            Err(RegistryError::Status { status, .. })
                if status == StatusCode::NOT_FOUND && origin.host() == self.repository.reference.host() =>
            {
                Err(missing())
            }
            answer => answer,
        }
    }

    /// Returns whether the registry mounted the blob. It need not: 202 opens a session instead, and some registries
    /// refuse the request.
    async fn mount(&self, source: &str) -> Result<bool, RegistryError> {
        let mut url = self.repository.url("blobs/uploads/")?;
        url.query_pairs_mut()
            .append_pair("mount", &self.blob.descriptor.digest.to_string())
            .append_pair("from", source);
        let response = self.repository.send(&self.empty_post(url.clone())).await?;
        match response.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::ACCEPTED => {
                // The session is not needed: each upload attempt opens its own.
                if let Ok(session) = self.location(&url, &response) {
                    self.cancel(session).await;
                }
                Ok(false)
            }
            status if status.is_client_error() => Ok(false),
            _ => Err(self.refused(response).await),
        }
    }

    async fn whole(&self, session: &Url) -> Result<(), RegistryError> {
        let length = self.blob.descriptor.size;
        let body = Payload::Part { blob: self.blob, start: 0, length, meter: self.meter };
        self.finish(session, body).await
    }
}
