//! What is read from a response. In: a request or a response. Out: bounded bytes, a digest, or an error with what the registry says
//! of it. Nothing waits longer than the connection may be silent.

use std::future::Future;
use std::time::Duration;

use fourply_blob::Digest;
use futures_util::StreamExt;
use oci_client::errors::{OciEnvelope, OciErrorCode};
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};

use super::error::{ApiError, RegistryError, is_transient};

/// The most bytes of an error's body that are looked at.
const MAX_ERROR: u64 = 64 << 10;
/// The longest time that a registry's `Retry-After` is obeyed.
const MAX_WAIT: Duration = Duration::from_secs(120);
/// The most letters of a registry's message that are shown.
const MAX_MESSAGE: usize = 300;
/// The header with a document's digest.
const DIGEST: &str = "docker-content-digest";

/// Sends a request without a body worth the name and waits for the answer's headers. A status that may pass is an error.
pub(super) async fn send(
    request: RequestBuilder,
    stall: Duration,
    what: &str,
    registry: &str,
) -> Result<Response, RegistryError> {
    let response = within(stall, what, registry, request.send()).await?;
    if is_transient(response.status()) {
        return Err(refused(response, stall, what, registry).await);
    }
    Ok(response)
}

/// Waits for a piece of an answer, but not for ever.
pub(super) async fn within<T>(
    stall: Duration,
    what: &str,
    registry: &str,
    work: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, RegistryError> {
    match tokio::time::timeout(stall, work).await {
        Ok(answer) => answer.map_err(|source| network(source, what, registry)),
        Err(_) => {
            Err(RegistryError::Stalled { what: what.to_owned(), registry: registry.to_owned(), after: stall })
        }
    }
}

/// A failed connection, without its URL: that could hold a token.
pub(super) fn network(source: reqwest::Error, what: &str, registry: &str) -> RegistryError {
    RegistryError::Network {
        what: what.to_owned(),
        registry: registry.to_owned(),
        source: source.without_url(),
    }
}

/// The response, if it has one of these statuses; else the registry's error.
pub(super) async fn expect(
    response: Response,
    statuses: &[u16],
    what: &str,
    registry: &str,
) -> Result<Response, RegistryError> {
    if statuses.contains(&response.status().as_u16()) {
        return Ok(response);
    }
    Err(refused(response, Duration::from_secs(10), what, registry).await)
}

/// The error that a response tells.
pub(super) async fn refused(
    response: Response,
    stall: Duration,
    what: &str,
    registry: &str,
) -> RegistryError {
    let (status, retry_after) = (response.status(), wait(response.headers()));
    // A body that does not come, or is none of the protocol's, says nothing; the status does.
    let body = body(response, MAX_ERROR, stall, what, registry).await.unwrap_or_default();
    let errors = api_errors(&body);
    RegistryError::Status {
        what: what.to_owned(),
        status,
        errors,
        registry: registry.to_owned(),
        retry_after,
    }
}

/// All of a body, of at most `max` bytes.
pub(super) async fn body(
    response: Response,
    max: u64,
    stall: Duration,
    what: &str,
    registry: &str,
) -> Result<Vec<u8>, RegistryError> {
    let too_large = || RegistryError::Protocol {
        what: what.to_owned(),
        reason: format!("the answer has more than {max} bytes").into(),
    };
    if response.content_length().is_some_and(|length| length > max) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(piece) = within(stall, what, registry, async { stream.next().await.transpose() }).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > max {
            return Err(too_large());
        }
    }
    Ok(bytes)
}

/// The digest that the registry says its document has. Only a SHA-256 is of use.
pub(super) fn digest(headers: &HeaderMap) -> Option<Digest> {
    headers.get(DIGEST)?.to_str().ok()?.parse().ok()
}

/// How long the registry wants to be left alone, as far as that is obeyed.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    fourply_store::retry_after(headers).map(|wait| wait.min(MAX_WAIT))
}

fn api_errors(body: &[u8]) -> Vec<ApiError> {
    let envelope: OciEnvelope = match serde_json::from_slice(body) {
        Ok(envelope) => envelope,
        Err(_) => return Vec::new(),
    };
    let errors = envelope.errors.into_iter().take(5);
    errors.map(|error| ApiError { code: shown(&code(&error.code)), message: shown(&error.message) }).collect()
}

fn code(code: &OciErrorCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(text)) => text,
        _ => "UNKNOWN".to_owned(),
    }
}

/// A text of the registry's on one line of the user's terminal, without control characters.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(MAX_MESSAGE).collect()
}

#[cfg(test)]
mod tests;
