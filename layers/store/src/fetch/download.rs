//! One file as a server returns it to a script: with any status, and the bytes in the store. In: a URL and the script's
//! headers. Out: the server's response, in a form that can be recorded and compared. This module must not know which
//! scripts may request the file.
//!
//! A redirect to a URL with a query is followed here: such URLs are signed for each request, so the URL could not be
//! requested again later. Other redirects are returned.

use std::collections::BTreeSet;
use std::io::Write;

use fourply_blob::Digest;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
};
use reqwest::{Response, StatusCode, redirect};
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;
use url::Url;

use super::address::{Guarded, is_open};
use super::clients::Clients;
use super::http::{FIRST_WAIT, Fault, LONGEST_PAUSE, answered};
use super::wait::retry_after;
use super::{Engine, Fetcher};
use crate::http::{Paced, Retries, send_request};
use crate::redacted::shown;
use crate::{Result, StoreError};

/// The most redirects for one file.
const REDIRECTS: usize = 10;
/// The longest header that is kept, in bytes.
const LONGEST_HEADER: usize = 2048;

/// A server's response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The HTTP status.
    #[serde(default = "ok", skip_serializing_if = "is_ok")]
    pub status: u16,
    /// SHA-256 of the body.
    pub sha256: Digest,
    /// Size of the body in bytes.
    pub size: u64,
    /// The target of a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// `Content-Type`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// `Content-Encoding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

fn ok() -> u16 {
    200
}

fn is_ok(status: &u16) -> bool {
    *status == 200
}

fourply_blob::key_value!(Download { status, sha256, size, location, media_type, encoding });

/// A request to a server.
#[derive(Debug, Clone, Copy)]
pub struct DownloadRequest<'a> {
    /// An `http` or `https` URL.
    pub url: &'a Url,
    /// The script's headers, with lower-case names.
    pub headers: &'a [(String, String)],
    /// The allowed ports on this host's loopback interface.
    pub local: &'a BTreeSet<u16>,
    /// The size limit of the body, in bytes.
    pub max: u64,
}

impl Fetcher {
    /// Requests a file and stores its bytes as a blob. A response that may differ at the next attempt is an error.
    ///
    /// # Errors
    /// If the network is disabled; if the server cannot be reached or fails more than once; if scripts must not reach
    /// it, because it is this host or on its local link; if the body has more bytes than `max`.
    pub async fn download(&self, request: DownloadRequest<'_>) -> Result<Download> {
        self.online(&shown(request.url))?;
        let engine = self.engine()?;
        let span = tracing::info_span!("download", of = %shown(request.url));
        let retries = Retries { times: self.settings.retries, first: FIRST_WAIT, longest: LONGEST_PAUSE };
        retries
            .over(|| self.one_download(engine, request))
            .instrument(span)
            .await
            .map_err(|fault| fault.error)
    }

    async fn one_download(
        &self,
        engine: &Engine,
        request: DownloadRequest<'_>,
    ) -> std::result::Result<Download, Fault> {
        let what = shown(request.url);
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            if !is_open(&url, request.local) {
                let reason = "scripts reach no server of this machine or its link".into();
                return Err(StoreError::Network { what, url: shown(&url), reason }.into());
            }
            let response = self.answered(engine, &request, &url, &what).await?;
            match signed_target(&response, &url) {
                Some(next) => url = next,
                None => return self.kept(response, &request, &url, &what).await,
            }
        }
        Err(StoreError::Network { what, url: shown(&url), reason: "it redirects for ever".into() }.into())
    }

    async fn answered(
        &self,
        engine: &Engine,
        request: &DownloadRequest<'_>,
        url: &Url,
        what: &str,
    ) -> std::result::Result<Response, Fault> {
        // A script's headers for one server must not reach another.
        let same = url.origin() == request.url.origin();
        let private = |name: &str| name == AUTHORIZATION.as_str() || name == COOKIE.as_str();
        let headers = request.headers.iter().filter(|(name, _)| same || !private(name));
        let builder = engine.downloads(&self.settings)?.get(url.clone());
        let builder = headers.fold(builder, |builder, (name, value)| builder.header(name, value));
        let sent = self.settings.pace().head(send_request(builder.header(ACCEPT_ENCODING, "identity"))).await;
        let response = sent.map_err(|lapse| Fault::of(lapse, what, url))?;
        let status = response.status();
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            let wait = retry_after(response.headers());
            let reason = answered(status, "", wait).into();
            let error = StoreError::Network { what: what.to_owned(), url: shown(url), reason };
            return Err(Fault { error, again: true, wait, silence: false });
        }
        Ok(response)
    }

    async fn kept(
        &self,
        response: Response,
        request: &DownloadRequest<'_>,
        url: &Url,
        what: &str,
    ) -> std::result::Result<Download, Fault> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut out = self.store.blob_writer()?;
        let mut size = 0;
        let mut pieces = Paced::new(response, self.settings.pace());
        while let Some(piece) = pieces.next().await.map_err(|lapse| Fault::of(lapse, what, url))? {
            let piece = piece.as_ref();
            size += piece.len() as u64;
            if size > request.max {
                let (what, url, max) = (what.to_owned(), shown(url), request.max);
                return Err(StoreError::TooLarge { what, url, max }.into());
            }
            out.write_all(piece).map_err(StoreError::from)?;
        }
        let (sha256, size) = out.commit(None)?;
        let location = status.is_redirection().then(|| text(&headers, &LOCATION)).flatten();
        let location = location.and_then(|place| url.join(&place).ok()).map(String::from);
        Ok(Download {
            status: status.as_u16(),
            sha256,
            size,
            location,
            media_type: text(&headers, &CONTENT_TYPE),
            encoding: text(&headers, &CONTENT_ENCODING),
        })
    }
}

impl Engine {
    /// The client for scripts. It follows no redirect, and resolves no other name to an address of this host.
    fn downloads(&self, settings: &super::FetchSettings) -> Result<&reqwest::Client> {
        if let Some(client) = self.downloads.get() {
            return Ok(client);
        }
        let client = Clients::single(settings, |builder| {
            builder.redirect(redirect::Policy::none()).dns_resolver(Guarded)
        })?;
        Ok(self.downloads.get_or_init(|| client))
    }
}

fn text(headers: &HeaderMap, name: &reqwest::header::HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= LONGEST_HEADER).then(|| text.to_owned())
}

/// The target of a redirect that must be followed at once.
fn signed_target(response: &Response, url: &Url) -> Option<Url> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let place = response.headers().get(LOCATION).filter(|_| redirects.contains(&response.status()))?;
    let target = url.join(place.to_str().ok()?).ok()?;
    let signed = target.query().is_some() || !target.username().is_empty() || target.password().is_some();
    signed.then_some(target)
}

#[cfg(test)]
mod tests;
