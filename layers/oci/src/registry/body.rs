//! The body of a request. In: bytes in memory, or a part of a file. Out: a body that can be sent repeatedly, read from
//! the file each time; its progress; and an end to the wait if nothing moves. This module knows nothing of the registry
//! protocol.

use std::future::Future;
use std::io::SeekFrom;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fourply_store::{Lapse, Progress, send_request};
use futures_util::stream::try_unfold;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{RequestBuilder, Response};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use url::Url;

use super::answer::Asked;
use super::error::RegistryError;
use fourply_blob::Reason;

use crate::blob::{Blob, BlobContent};

/// The bytes read from a file at once.
const PIECE: usize = 256 << 10;
/// The interval at which an upload's progress is checked.
const TICK: Duration = Duration::from_millis(200);

/// A request's body. It can be sent repeatedly.
#[derive(Debug, Clone)]
pub(super) enum Payload<'p> {
    Empty,
    Bytes(&'p [u8]),
    /// `length` bytes of a blob, starting at `start`.
    Part {
        blob: &'p Blob,
        start: u64,
        length: u64,
        meter: &'p Meter<'p>,
    },
}

/// Reports the progress of one blob. Each byte is counted once, however often it is sent.
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
    pub(super) fn new(progress: &'p dyn Progress) -> Meter<'p> {
        Meter { progress, told: AtomicU64::new(0) }
    }

    /// Reports that the first `total` bytes of the blob have arrived.
    pub(super) fn reached(&self, total: u64) {
        let before = self.told.fetch_max(total, Ordering::Relaxed);
        if total > before {
            self.progress.advance(total - before);
        }
    }
}

impl Payload<'_> {
    /// Sends a request with this body.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        url: &Url,
        asked: Asked<'_>,
    ) -> Result<Response, RegistryError> {
        match self {
            Payload::Empty => asked.head(url, send_request(request)).await,
            Payload::Bytes(bytes) => asked.head(url, send_request(request.body(bytes.to_vec()))).await,
            Payload::Part { blob, start, length, meter } => {
                let sent = Arc::new(AtomicU64::new(0));
                let stall = asked.pace.first;
                let failed = |source| RegistryError::Io { what: asked.what.to_owned(), source };
                let body = stream(blob, *start, *length, sent.clone()).await.map_err(failed)?;
                let request = request.header(CONTENT_LENGTH, *length).body(body);
                let watch = Watch { sent: &sent, start: *start, meter, stall };
                let answer = watch.over(send_request(request)).await;
                let answer = answer.map(|answer| answer.map_err(Lapse::Connection));
                let answer = answer.unwrap_or(Err(Lapse::Silent { after: stall }));
                answer.map_err(|lapse| asked.lapsed(lapse, url))
            }
        }
    }
}

async fn stream(
    blob: &Blob,
    start: u64,
    length: u64,
    sent: Arc<AtomicU64>,
) -> std::io::Result<reqwest::Body> {
    let (path, offset) = match &blob.content {
        BlobContent::Bytes(bytes) => {
            let (from, to) =
                (usize::try_from(start).unwrap_or(0), usize::try_from(start + length).unwrap_or(0));
            return Ok(bytes.get(from..to).unwrap_or_default().to_vec().into());
        }
        BlobContent::File(path) => (path, 0),
        BlobContent::Part(path, offset) => (path, *offset),
    };
    let named = |error: std::io::Error| {
        let kind = error.kind();
        std::io::Error::new(kind, Reason::because(format!("cannot read {}", path.display()), error))
    };
    let mut file = tokio::fs::File::open(path).await.map_err(named)?;
    file.seek(SeekFrom::Start(offset.saturating_add(start))).await.map_err(named)?;
    let pieces = try_unfold((file.take(length), sent), |(mut file, sent)| async move {
        let mut piece = Vec::with_capacity(PIECE);
        while piece.len() < PIECE && file.read_buf(&mut piece).await? > 0 {}
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>((!piece.is_empty()).then_some((piece, (file, sent))))
    });
    Ok(reqwest::Body::wrap_stream(pieces))
}

/// Watches a running upload.
struct Watch<'w> {
    sent: &'w AtomicU64,
    start: u64,
    meter: &'w Meter<'w>,
    stall: Duration,
}

impl Watch<'_> {
    /// Waits for the end; `None` if nothing moved for too long. A limit on the whole request would fail on slow lines,
    /// and a limit on the response alone would not detect dead ones.
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
