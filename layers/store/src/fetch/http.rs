//! A GET request with limits, timeouts and retries. In: a URL and limits. Out: the body, or "unchanged" if the request
//! is conditional and the document is known.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use reqwest::{RequestBuilder, Response, StatusCode};
use url::Url;

use super::clients::Clients;
use super::request::FetchSettings;
use super::validators::Validators;
use super::wait::retry_after;
use crate::http::{Failure, Lapse, Pace, Paced, Retries, beginning, send_request, words};
use crate::redacted::shown;
use crate::{Result, StoreError};
use fourply_input::open_file;

/// The wait before the first retry.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(200);
/// The longest wait between two attempts, unless a server asks for more.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A document to request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Get<'a> {
    /// Its URL.
    pub url: &'a Url,
    /// The `Accept` header.
    pub accept: Option<&'a str>,
    /// A name for errors. The URL is named without its credentials.
    pub what: &'a str,
    /// The package, because credentials may belong to its scope.
    pub package: Option<&'a str>,
    /// The size limit in bytes.
    pub max: u64,
}

/// The whole body in memory.
pub(super) async fn bytes(clients: &Clients, settings: &FetchSettings, get: Get<'_>) -> Result<Vec<u8>> {
    body(clients, settings, get, || Ok(Vec::new())).await
}

/// The condition of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition<'a> {
    /// No condition.
    None,
    /// The server's current document, not one from a cache in between; and only if it differs from this one.
    Latest(Option<&'a Validators>),
}

/// A server's answer.
#[derive(Debug)]
pub(super) enum Answer<W> {
    /// The whole body and its validators.
    Whole(W, Validators),
    /// The document has not changed since these validators were received. Only if the request had validators.
    Unchanged,
}

/// Writes the whole body to the result of `open`, which is called again for each attempt.
pub(super) async fn body<W: Write>(
    clients: &Clients,
    settings: &FetchSettings,
    get: Get<'_>,
    open: impl Fn() -> Result<W>,
) -> Result<W> {
    match ask(clients, settings, get, Condition::None, open).await? {
        Answer::Whole(body, _) => Ok(body),
        Answer::Unchanged => Err(unasked(get.what, get.url)),
    }
}

/// The same, with a condition.
pub(super) async fn ask<W: Write>(
    clients: &Clients,
    settings: &FetchSettings,
    get: Get<'_>,
    condition: Condition<'_>,
    open: impl Fn() -> Result<W>,
) -> Result<Answer<W>> {
    let attempt = || once(clients, settings, get, condition, &open);
    let retries = Retries { times: settings.retries, first: FIRST_WAIT, longest: LONGEST_PAUSE };
    retries.over(attempt).await.map_err(|fault| fault.error)
}

/// An error, and whether another attempt may succeed.
pub(super) struct Fault {
    pub(super) error: StoreError,
    pub(super) again: bool,
    pub(super) wait: Option<Duration>,
    /// Whether the server used the whole time limit of an answer.
    pub(super) silence: bool,
}

impl Failure for Fault {
    fn may_pass(&self) -> bool {
        self.again
    }

    fn wait(&self) -> Option<Duration> {
        self.wait
    }

    fn is_silence(&self) -> bool {
        self.silence
    }
}

/// Another attempt cannot fix such an error.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault { error, again: false, wait: None, silence: false }
    }
}

async fn once<W: Write>(
    clients: &Clients,
    settings: &FetchSettings,
    get: Get<'_>,
    condition: Condition<'_>,
    open: &impl Fn() -> Result<W>,
) -> std::result::Result<Answer<W>, Fault> {
    let Get { url, accept, what, max, package } = get;
    let mut request = on_condition(clients.of(&settings.npm, url).get(url.clone()), condition);
    let authorization = settings.npm.authorization(url, package)?;
    if let Some(value) = &authorization.header {
        request = request.header(AUTHORIZATION, value.reveal());
    }
    if let Some(accept) = accept {
        request = request.header(ACCEPT, accept);
    }
    let failed = |lapse: Lapse| Fault::of(lapse, what, url);
    let response = settings.pace().head(send_request(request)).await.map_err(failed)?;
    if let (StatusCode::NOT_MODIFIED, Condition::Latest(Some(_))) = (response.status(), condition) {
        return Ok(Answer::Unchanged);
    }
    let response = check(response, what, settings.pace(), authorization.withheld).await?;
    let validators = Validators::of(response.headers());
    let mut out = open()?;
    let mut size = 0;
    let mut pieces = Paced::new(response, settings.pace());
    while let Some(piece) = pieces.next().await.map_err(failed)? {
        let piece = piece.as_ref();
        size += piece.len() as u64;
        if size > max {
            return Err(StoreError::TooLarge { what: what.to_owned(), url: shown(url), max }.into());
        }
        out.write_all(piece).map_err(StoreError::from)?;
    }
    Ok(Answer::Whole(out, validators))
}

fn on_condition(request: RequestBuilder, condition: Condition<'_>) -> RequestBuilder {
    let Condition::Latest(known) = condition else { return request };
    // As in apt: a cache may answer, but must revalidate first.
    let request = request.header(CACHE_CONTROL, "max-age=0");
    let Some(Validators { etag, modified }) = known else { return request };
    let headers = [(IF_NONE_MATCH, etag), (IF_MODIFIED_SINCE, modified)];
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    headers.fold(request, |request, (name, value)| request.header(name, value))
}

/// The error for `304` to an unconditional request.
pub(super) fn unasked(what: &str, url: &Url) -> StoreError {
    let reason = format!("it answered {}", StatusCode::NOT_MODIFIED);
    StoreError::Network { what: what.to_owned(), url: shown(url), reason: reason.into() }
}

/// A successful response. Otherwise the error, with the final URL after redirects and the server's message.
async fn check(
    response: Response,
    what: &str,
    pace: Pace,
    withheld: Option<String>,
) -> std::result::Result<Response, Fault> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let (what, url, wait) = (what.to_owned(), shown(response.url()), retry_after(response.headers()));
    let said = said(response, pace).await;
    let error = match status {
        // Registries often answer "not found" to a client without permission.
        StatusCode::NOT_FOUND | StatusCode::GONE if withheld.is_none() => {
            StoreError::Absent { what, url, status: status.as_u16() }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            let withheld = withheld.map(Into::into);
            StoreError::Refused { what, url, status: status.as_u16(), said: said.into(), withheld }
        }
        _ => StoreError::Network { what, url, reason: answered(status, &said, wait).into() },
    };
    let again = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
    Err(Fault { error, again, wait, silence: false })
}

/// A server's own message after a colon; empty if there is none.
async fn said(response: Response, pace: Pace) -> String {
    match words(&beginning(response, pace).await).as_str() {
        "" => String::new(),
        said => format!(": {said}"),
    }
}

/// The error for a failed response.
pub(super) fn answered(status: StatusCode, said: &str, wait: Option<Duration>) -> String {
    let later = wait.map(|wait| format!("; it asks to wait {} seconds", wait.as_secs())).unwrap_or_default();
    format!("it answered {status}{said}{later}")
}

impl Fault {
    /// The error of a connection, without its URL, which may contain a password. The host is the final one after
    /// redirects.
    pub(super) fn of(lapse: Lapse, what: &str, url: &Url) -> Fault {
        let at = match &lapse {
            Lapse::Connection(error) => error.url().map_or_else(|| shown(url), shown),
            _ => shown(url),
        };
        let (what, silence) = (what.to_owned(), lapse.is_silence());
        let error = StoreError::Network { what, url: at, reason: lapse.without_url().into() };
        Fault { error, again: true, wait: None, silence }
    }
}

/// Opens a regular file on this host. It never waits for the writer of a pipe.
pub(super) fn local(path: &Path) -> Result<fs_err::File> {
    Ok(fs_err::File::from_parts(open_file(path)?, path))
}

/// Opens the file of a `file:` URL, if it is not too large.
pub(super) fn open_local(url: &Url, max: u64) -> Result<fs_err::File> {
    let path = url
        .to_file_path()
        .map_err(|()| StoreError::Setting { message: format!("{url} is no path of this machine").into() })?;
    let file = local(&path)?;
    if file.metadata()?.len() > max {
        return Err(StoreError::TooLarge { what: path.display().to_string(), url: url.to_string(), max });
    }
    Ok(file)
}
