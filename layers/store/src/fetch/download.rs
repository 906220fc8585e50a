//! One file as a server gives it to a script: whatever its status, with the bytes in the store. In: a URL and the script's headers. Out: what the
//! server answered, in a form that can be written down and compared. Who may ask for it is not known here.
//!
//! A redirect to a URL with a query is followed here: such URLs are signed anew at each request, so nobody could ever ask for one again. All other
//! redirects are answers.

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

/// How many redirects lead to one file, at most.
const REDIRECTS: usize = 10;
/// The longest header that is kept.
const LONGEST_HEADER: usize = 2048;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// The status of HTTP.
    #[serde(default = "ok", skip_serializing_if = "is_ok")]
    pub status: u16,
    /// Of the body.
    pub sha256: Digest,
    /// Of the body, in bytes.
    pub size: u64,
    /// Where a redirect leads.
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

/// What is asked of a server.
#[derive(Debug, Clone, Copy)]
pub struct DownloadRequest<'a> {
    /// An `http` or `https` URL.
    pub url: &'a Url,
    /// Headers of the script, by name in lower case.
    pub headers: &'a [(String, String)],
    /// The ports of this machine's loopback interface that may be asked.
    pub local: &'a BTreeSet<u16>,
    /// How many bytes the body may have.
    pub max: u64,
}

impl Fetcher {
    /// Asks a server for a file, whose bytes are a blob of the store when this returns. Answers that may be others at the next attempt are errors.
    ///
    /// # Errors
    /// `--offline`; a server that cannot be reached, or that nobody may reach from a script: this machine's, and those of its own link; one that
    /// fails, more than once; more bytes than `max`.
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
        // What a script tells one server is no business of another.
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
    /// The client for scripts: it follows no redirect, and finds no address of this machine behind another's name.
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

/// Where a redirect leads that has to be followed at once.
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
