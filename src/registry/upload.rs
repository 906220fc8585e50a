//! One blob into one repository. In: a blob and where it may be mounted from. Out: what was done. Looks first, mounts if it can,
//! uploads in one request from the file, which is opened anew for each attempt. A failed attempt leaves no open session, and
//! the next one begins a new one. One digest is on its way to a repository only once at a time.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::SeekFrom;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fourply_blob::Digest;
use fourply_store::Progress;
use futures_util::stream::try_unfold;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use url::Url;

use super::transport::{Call, Repository};
use super::{RegistryError, answer};
use crate::image::{Blob, Source};

/// How much of a file is read at once.
const PIECE: usize = 256 << 10;
/// How often an upload is looked at: for its progress, and for whether it makes any.
const TICK: Duration = Duration::from_millis(200);
/// How long an open session may take to go away; nobody waits for more.
const CANCEL: Duration = Duration::from_secs(5);
/// How many redirects of an upload are followed.
const MAX_REDIRECTS: usize = 3;

/// What became of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was there.
    Present,
    /// The registry took it over from another of its repositories.
    Mounted,
    /// It was sent.
    Uploaded,
}

/// Which blobs are on their way, and which have arrived.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<BTreeMap<(String, Digest), Flight>>);

/// `true` once it has arrived.
type Flight = Arc<tokio::sync::Mutex<bool>>;

impl Flights {
    fn of(&self, repository: &str, digest: Digest) -> Flight {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry((repository.to_owned(), digest)).or_default().clone()
    }
}

/// A request's body. It can be sent any number of times.
#[derive(Debug, Clone)]
pub(super) enum Payload<'p> {
    Empty,
    Bytes(&'p [u8]),
    /// `length` bytes of a blob, from `start` on.
    Part {
        source: Source<'p>,
        start: u64,
        length: u64,
        meter: &'p Meter<'p>,
    },
}

/// Tells the progress of one blob: each byte once, however often it is sent.
pub(super) struct Meter<'p> {
    progress: &'p dyn Progress,
    told: AtomicU64,
}

impl std::fmt::Debug for Meter<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Meter({})", self.told.load(Ordering::Relaxed))
    }
}

impl<'p> Meter<'p> {
    pub fn new(progress: &'p dyn Progress) -> Meter<'p> {
        Meter { progress, told: AtomicU64::new(0) }
    }

    /// So many bytes of the blob are where they belong.
    fn reached(&self, total: u64) {
        let before = self.told.fetch_max(total, Ordering::Relaxed);
        if total > before {
            self.progress.advance(total - before);
        }
    }
}

impl Payload<'_> {
    /// Sends a request with this body.
    pub async fn send(
        &self,
        request: RequestBuilder,
        stall: Duration,
        what: &str,
        registry: &str,
    ) -> Result<Response, RegistryError> {
        match self {
            Payload::Empty => answer::within(stall, what, registry, request.send()).await,
            Payload::Bytes(bytes) => {
                answer::within(stall, what, registry, request.body(bytes.to_vec()).send()).await
            }
            Payload::Part { source, start, length, meter } => {
                let sent = Arc::new(AtomicU64::new(0));
                let failed = |source| RegistryError::Io { what: what.to_owned(), source };
                let body = body(source, *start, *length, sent.clone()).await.map_err(failed)?;
                let request = request.header(CONTENT_LENGTH, *length).body(body);
                let watch = Watch { sent: &sent, start: *start, meter, stall };
                match watch.over(request.send()).await {
                    Some(response) => response.map_err(|source| answer::network(source, what, registry)),
                    None => Err(RegistryError::Stalled {
                        what: what.to_owned(),
                        registry: registry.to_owned(),
                        after: stall,
                    }),
                }
            }
        }
    }
}

async fn body(
    source: &Source<'_>,
    start: u64,
    length: u64,
    sent: Arc<AtomicU64>,
) -> std::io::Result<reqwest::Body> {
    let path = match source {
        Source::Bytes(bytes) => {
            let (from, to) =
                (usize::try_from(start).unwrap_or(0), usize::try_from(start + length).unwrap_or(0));
            return Ok(bytes.get(from..to).unwrap_or_default().to_vec().into());
        }
        Source::File(path) => path,
    };
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = tokio::fs::File::open(path).await.map_err(named)?;
    file.seek(SeekFrom::Start(start)).await.map_err(named)?;
    let pieces = try_unfold((file.take(length), sent), |(mut file, sent)| async move {
        let mut piece = Vec::with_capacity(PIECE);
        while piece.len() < PIECE && file.read_buf(&mut piece).await? > 0 {}
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>((!piece.is_empty()).then_some((piece, (file, sent))))
    });
    Ok(reqwest::Body::wrap_stream(pieces))
}

/// Looks at a running upload.
struct Watch<'w> {
    sent: &'w AtomicU64,
    start: u64,
    meter: &'w Meter<'w>,
    stall: Duration,
}

impl Watch<'_> {
    /// Waits for the end; `None` if nothing moved for too long. A limit on the whole would be wrong for slow lines, one on the
    /// answer alone for dead ones.
    async fn over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let (mut seen, mut silent) = (0, Duration::ZERO);
        while silent < self.stall {
            let end = tokio::time::timeout(TICK.min(self.stall), &mut work).await;
            let sent = self.sent.load(Ordering::Relaxed);
            self.meter.reached(self.start + sent);
            if let Ok(value) = end {
                return Some(value);
            }
            silent = if sent > seen { Duration::ZERO } else { silent + TICK };
            seen = sent;
        }
        None
    }
}

/// Brings a blob into a repository; `sources` are repositories of the same registry that have it.
pub(super) async fn blob(
    repository: &Repository<'_>,
    blob: &Blob<'_>,
    sources: &[String],
    progress: &dyn Progress,
) -> Result<Outcome, RegistryError> {
    let name = repository.reference.name();
    let flight = repository.transport.flights.of(&name, blob.content.digest);
    let mut arrived = flight.lock().await;
    let meter = Meter::new(progress);
    let what = format!("push blob {} to {name}", blob.content.digest);
    let upload = Upload { repository, blob, what: &what, meter: &meter };
    let outcome = match *arrived {
        true => Outcome::Present,
        false => upload.run(sources).await?,
    };
    *arrived = true;
    meter.reached(blob.content.size);
    Ok(outcome)
}

struct Upload<'u> {
    repository: &'u Repository<'u>,
    blob: &'u Blob<'u>,
    what: &'u str,
    meter: &'u Meter<'u>,
}

impl Upload<'_> {
    async fn run(&self, sources: &[String]) -> Result<Outcome, RegistryError> {
        if self.is_present().await? {
            return Ok(Outcome::Present);
        }
        for source in sources {
            if self.mount(source).await? {
                return Ok(Outcome::Mounted);
            }
        }
        let attempts = AtomicU64::new(0);
        let settings = &self.repository.transport.settings;
        let chunk = settings.chunk.filter(|chunk| *chunk > 0 && self.blob.content.size > *chunk);
        let attempt = || async {
            // An attempt whose answer was lost may have arrived.
            if attempts.fetch_add(1, Ordering::Relaxed) > 0 && self.is_present().await? {
                return Ok(());
            }
            let session = self.open().await?;
            let sent = match chunk {
                None => self.whole(&session).await,
                Some(chunk) => self.in_chunks(session.clone(), chunk).await,
            };
            if sent.is_err() {
                self.cancel(session).await;
            }
            sent
        };
        self.repository.transport.retry(settings.retries, attempt).await?;
        Ok(Outcome::Uploaded)
    }

    /// Some registries (Artifactory) answer 401 or 403 for what is absent; the upload will tell whether it is allowed.
    async fn is_present(&self) -> Result<bool, RegistryError> {
        let url = self.repository.url(&format!("blobs/{}", self.blob.content.digest))?;
        let response = self.repository.send(&Call::new(self.what, Method::HEAD, url)).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(false),
            _ => Err(self.refused(response).await),
        }
    }

    /// Whether the registry took the blob over. It need not: 202 opens a session instead, and some refuse the question.
    async fn mount(&self, source: &str) -> Result<bool, RegistryError> {
        let mut url = self.repository.url("blobs/uploads/")?;
        url.query_pairs_mut()
            .append_pair("mount", &self.blob.content.digest.to_string())
            .append_pair("from", source);
        let response = self.repository.send(&self.empty_post(url.clone())).await?;
        match response.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::ACCEPTED => {
                // The session is of no use: each attempt of the upload opens its own.
                if let Ok(session) = self.session(&url, &response) {
                    self.cancel(session).await;
                }
                Ok(false)
            }
            status if status.is_client_error() => Ok(false),
            _ => Err(self.refused(response).await),
        }
    }

    fn empty_post(&self, url: Url) -> Call<'_> {
        let mut call = Call::new(self.what, Method::POST, url);
        call.headers.push((CONTENT_LENGTH, "0".to_owned()));
        call
    }

    async fn open(&self) -> Result<Url, RegistryError> {
        let url = self.repository.url("blobs/uploads/")?;
        let response = self.repository.once(&self.empty_post(url.clone())).await?;
        match response.status() {
            StatusCode::ACCEPTED => self.session(&url, &response),
            _ => Err(self.refused(response).await),
        }
    }

    /// Where a session's bytes go: `Location`, relative or not; without one, by the session's name in the usual place.
    fn session(&self, from: &Url, response: &Response) -> Result<Url, RegistryError> {
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

    async fn whole(&self, session: &Url) -> Result<(), RegistryError> {
        let length = self.blob.content.size;
        let body = Payload::Part { source: self.blob.source, start: 0, length, meter: self.meter };
        self.finish(session, body).await
    }

    /// The request that ends an upload, with all of the bytes or with none left.
    async fn finish(&self, session: &Url, body: Payload<'_>) -> Result<(), RegistryError> {
        let mut url = session.clone();
        url.query_pairs_mut().append_pair("digest", &self.blob.content.digest.to_string());
        let mut headers = vec![(CONTENT_TYPE, "application/octet-stream".to_owned())];
        if matches!(body, Payload::Empty) {
            headers.push((CONTENT_LENGTH, "0".to_owned()));
        }
        let mut call = Call { what: self.what, method: Method::PUT, url, headers, body };
        for _ in 0..=MAX_REDIRECTS {
            let response = self.repository.once(&call).await?;
            match response.status() {
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    call.url = self.session(&call.url, &response)?;
                }
                status if status.is_success() => return self.check(&response),
                _ => return Err(self.refused(response).await),
            }
        }
        Err(self.protocol("it redirects the upload again and again"))
    }

    fn check(&self, response: &Response) -> Result<(), RegistryError> {
        match answer::digest(response.headers()) {
            Some(digest) if digest != self.blob.content.digest => Err(RegistryError::Mismatch {
                what: self.what.to_owned(),
                expected: self.blob.content.digest,
                actual: digest.to_string(),
            }),
            _ => Ok(()),
        }
    }

    async fn in_chunks(&self, mut session: Url, chunk: u64) -> Result<(), RegistryError> {
        let (size, mut start) = (self.blob.content.size, 0);
        let mut resumptions = self.repository.transport.settings.retries;
        while start < size {
            let length = chunk.min(size - start);
            match self.chunk(&session, start, length).await {
                Ok(next) => (session, start) = (next, start + length),
                Err(error) if error.is_transient() && resumptions > 0 => {
                    resumptions -= 1;
                    // docker's registry loses a session whose chunk was cut: then the next attempt opens another.
                    (session, start) = self.standing(&session).await.map_err(|_| error)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.finish(&session, Payload::Empty).await
    }

    async fn chunk(&self, session: &Url, start: u64, length: u64) -> Result<Url, RegistryError> {
        let end = (start + length).saturating_sub(1);
        let headers = vec![
            (CONTENT_TYPE, "application/octet-stream".to_owned()),
            (CONTENT_RANGE, format!("{start}-{end}")),
        ];
        let body = Payload::Part { source: self.blob.source, start, length, meter: self.meter };
        let call = Call { what: self.what, method: Method::PATCH, url: session.clone(), headers, body };
        let response = self.repository.once(&call).await?;
        match response.status() {
            status if status.is_success() => self.session(session, &response),
            _ => Err(self.refused(response).await),
        }
    }

    /// Where a session stands: its next URL, and how many bytes of it arrived. `0-0` is an empty one with docker's registry; that
    /// it could mean one byte costs that byte.
    async fn standing(&self, session: &Url) -> Result<(Url, u64), RegistryError> {
        let response = self.repository.send(&Call::new(self.what, Method::GET, session.clone())).await?;
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        let range = response.headers().get(RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let last =
            range.trim_start_matches("bytes=").split_once('-').and_then(|(_, last)| last.parse::<u64>().ok());
        match last.map_or(0, |last| if last == 0 { 0 } else { last.saturating_add(1) }) {
            arrived if arrived <= self.blob.content.size => Ok((self.session(session, &response)?, arrived)),
            _ => Err(self.protocol("it says that more bytes arrived than there are")),
        }
    }

    /// Asks the registry to forget a session. It will on its own after some days; no answer is of interest.
    async fn cancel(&self, session: Url) {
        let call = Call::new(self.what, Method::DELETE, session);
        let _ = tokio::time::timeout(CANCEL, self.repository.once(&call)).await;
    }

    async fn refused(&self, response: Response) -> RegistryError {
        let (stall, registry) =
            (self.repository.transport.settings.stall, self.repository.reference.registry());
        answer::refused(response, stall, self.what, registry).await
    }

    fn protocol(&self, reason: &str) -> RegistryError {
        RegistryError::Protocol { what: self.what.to_owned(), reason: reason.to_owned() }
    }
}
