//! The data read from a response. In: a request or a response. Out: bounded bytes, a digest, or an error with the
//! failing host and its message. Every wait is bounded by the pace that the settings allow.

use std::future::Future;

use fourply_blob::Digest;
use fourply_store::{Lapse, Pace, Paced, beginning, harmless, retry_after, send_request, words};
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use url::Url;

use super::error::{ApiError, RegistryError, is_transient};

/// The most errors of one answer that are shown.
const MAX_ERRORS: usize = 5;
/// The header with a document's digest.
const DIGEST: &str = "docker-content-digest";

/// The context of a request, for errors, and how slow its peer may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The action and its target.
    pub what: &'a str,
    /// The registry of the request, whose credentials are used.
    pub registry: &'a str,
    pub pace: Pace,
}

impl Asked<'_> {
    /// Sends a request with no body, or a very small one, and waits for the response's head. A transient status is an
    /// error.
    pub(super) async fn send(&self, request: RequestBuilder, url: &Url) -> Result<Response, RegistryError> {
        let response = self.head(url, send_request(request)).await?;
        if is_transient(response.status()) {
            return Err(self.refused(response).await);
        }
        Ok(response)
    }

    /// Waits for the head of a response, with a time limit.
    pub(super) async fn head<T>(
        &self,
        url: &Url,
        request: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, RegistryError> {
        self.pace.head(request).await.map_err(|lapse| self.lapsed(lapse, url))
    }

    /// The error for a failed connection. It leaves out the URL, which could hold a token. The host is the last one
    /// after redirects.
    pub(super) fn lapsed(&self, lapse: Lapse, url: &Url) -> RegistryError {
        let what = self.what.to_owned();
        match lapse {
            Lapse::Connection(source) => {
                let host = host(source.url().unwrap_or(url));
                RegistryError::Network { what, host, source: source.without_url() }
            }
            lapse => RegistryError::Stalled { what, host: host(url), lapse },
        }
    }

    /// The response, if it has one of these statuses; otherwise the registry's error.
    pub(super) async fn expect(
        &self,
        response: Response,
        statuses: &[u16],
    ) -> Result<Response, RegistryError> {
        if statuses.contains(&response.status().as_u16()) {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    /// The error in a response.
    pub(super) async fn refused(&self, response: Response) -> RegistryError {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let host = host(response.url()).into();
        // If the body is missing or is not in the protocol's form, only the status is reported.
        let errors = api_errors(&beginning(response, self.pace).await);
        let (what, registry) = (self.what.to_owned(), self.registry.to_owned());
        RegistryError::Status { what, status, errors, host, registry, retry_after }
    }

    /// The whole body. A body of more than `max` bytes is an error.
    pub(super) async fn body(&self, response: Response, max: u64) -> Result<Vec<u8>, RegistryError> {
        let url = response.url().clone();
        let too_large = || RegistryError::Protocol {
            what: self.what.to_owned(),
            reason: format!("the answer of {} has more than {max} bytes", host(&url)).into(),
        };
        if response.content_length().is_some_and(|length| length > max) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let mut pieces = Paced::new(response, self.pace);
        while let Some(piece) = pieces.next().await.map_err(|lapse| self.lapsed(lapse, &url))? {
            bytes.extend_from_slice(piece.as_ref());
            if bytes.len() as u64 > max {
                return Err(too_large());
            }
        }
        Ok(bytes)
    }
}

/// `host` or `host:port` of a requested URL.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The document's digest as the registry reports it. Only SHA-256 is used.
pub(super) fn digest(headers: &HeaderMap) -> Option<Digest> {
    headers.get(DIGEST)?.to_str().ok()?.parse().ok()
}

/// The errors in a response body. Text from another kind of server, such as a token server, becomes one error without a
/// code.
pub(super) fn api_errors(body: &[u8]) -> Vec<ApiError> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let list = value.get("errors").and_then(Value::as_array);
    let errors: Vec<ApiError> = list.into_iter().flatten().take(MAX_ERRORS).filter_map(api_error).collect();
    match (errors.is_empty(), words(body)) {
        (false, _) => errors,
        (true, said) if said.is_empty() => Vec::new(),
        (true, message) => vec![ApiError { code: String::new(), message }],
    }
}

fn api_error(value: &Value) -> Option<ApiError> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(harmless).unwrap_or_default();
    let (code, message, detail) = (text("code"), text("message"), text("detail"));
    let message =
        [message, detail].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    (!code.is_empty() || !message.is_empty()).then_some(ApiError { code, message })
}

#[cfg(test)]
mod tests;
