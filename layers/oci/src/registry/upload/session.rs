//! The requests of one upload. In: a blob, a repository. Out: sessions that are opened, closed and cancelled, and
//! whether the blob exists. Which requests are sent or retried is decided elsewhere.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use crate::blob::Blob;
use crate::registry::answer;
use crate::registry::body::{Meter, Payload};
use crate::registry::error::RegistryError;
use crate::registry::transport::{Call, Repository};

/// The time limit for cancelling a session.
const CANCEL: Duration = Duration::from_secs(5);
/// The most redirects of an upload.
const MAX_REDIRECTS: usize = 3;

/// The header with the minimum chunk size in bytes.
const LEAST_CHUNK: &str = "oci-chunk-min-length";

/// An open upload.
pub(super) struct Session {
    /// The URL for its bytes.
    pub url: Url,
    /// The minimum size of each chunk except the last, in bytes.
    pub least: u64,
}

/// One upload of a blob into a repository.
pub(super) struct Upload<'u> {
    pub repository: &'u Repository<'u>,
    pub blob: &'u Blob,
    /// The action and its target, for messages.
    pub what: &'u str,
    pub meter: &'u Meter<'u>,
}

impl Upload<'_> {
    /// Some registries (Artifactory) answer 401 or 403 for a missing blob. The upload then shows whether it is allowed.
    pub(super) async fn is_present(&self) -> Result<bool, RegistryError> {
        let url = self.repository.url(&format!("blobs/{}", self.blob.descriptor.digest))?;
        let response = self.repository.send(&Call::new(self.what, Method::HEAD, url)).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(false),
            _ => Err(self.refused(response).await),
        }
    }

    pub(super) fn empty_post(&self, url: Url) -> Call<'_> {
        let mut call = Call::new(self.what, Method::POST, url);
        call.headers.push((CONTENT_LENGTH, "0".to_owned()));
        call
    }

    pub(super) async fn open(&self) -> Result<Session, RegistryError> {
        let url = self.repository.url("blobs/uploads/")?;
        let response = self.repository.once(&self.empty_post(url.clone())).await?;
        if response.status() != StatusCode::ACCEPTED {
            return Err(self.refused(response).await);
        }
        let least =
            response.headers().get(LEAST_CHUNK).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Session { url: self.location(&url, &response)?, least: least.unwrap_or(0) })
    }

    /// The URL for a session's bytes: `Location`, absolute or relative. Without it, the standard URL with the session's
    /// name.
    pub(super) fn location(&self, from: &Url, response: &Response) -> Result<Url, RegistryError> {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        match (header(LOCATION.as_str()), header("docker-upload-uuid")) {
            (Some(location), _) => self.repository.locate(from, location, self.what),
            (None, Some(id))
                if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) =>
            {
                self.repository.url(&format!("blobs/uploads/{id}"))
            }
            _ => Err(self.protocol("it opened an upload and did not say where (no Location)")),
        }
    }

    /// The request that completes an upload, with all bytes or with none left.
    pub(super) async fn finish(&self, session: &Url, body: Payload<'_>) -> Result<(), RegistryError> {
        let mut url = session.clone();
        url.query_pairs_mut().append_pair("digest", &self.blob.descriptor.digest.to_string());
        let mut headers = vec![(CONTENT_TYPE, "application/octet-stream".to_owned())];
        if matches!(body, Payload::Empty) {
            headers.push((CONTENT_LENGTH, "0".to_owned()));
        }
        let mut call = Call { what: self.what, method: Method::PUT, url, headers, body };
        for _ in 0..=MAX_REDIRECTS {
            let response = self.repository.once(&call).await?;
            match response.status() {
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    call.url = self.location(&call.url, &response)?;
                }
                status if status.is_success() => return self.check(&response),
                _ => return Err(self.refused(response).await),
            }
        }
        Err(self.protocol("it redirects the upload again and again"))
    }

    pub(super) fn check(&self, response: &Response) -> Result<(), RegistryError> {
        match answer::digest(response.headers()) {
            Some(digest) if digest != self.blob.descriptor.digest => Err(RegistryError::Mismatch {
                what: self.what.to_owned(),
                expected: self.blob.descriptor.digest,
                actual: digest.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Asks the registry to delete a session. It expires after some days anyway, so the response is ignored.
    pub(super) async fn cancel(&self, session: Url) {
        let call = Call::new(self.what, Method::DELETE, session);
        let _ = tokio::time::timeout(CANCEL, self.repository.once(&call)).await;
    }

    pub(super) async fn refused(&self, response: Response) -> RegistryError {
        self.repository.asked(self.what).refused(response).await
    }

    pub(super) fn protocol(&self, reason: &str) -> RegistryError {
        RegistryError::Protocol { what: self.what.to_owned(), reason: reason.into() }
    }
}
