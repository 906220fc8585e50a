//! A blob in chunks. In: an open session. Out: the registry has all of the blob. After a cut, the registry is asked how
//! many bytes it has, and the next chunk starts there. Source: distribution specification, "Pushing a blob in chunks"
//! and "Resuming an upload".

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::session::{Session, Upload};
use super::way::SMALLEST;
use crate::registry::body::Payload;
use crate::registry::error::RegistryError;
use crate::registry::transport::Call;

/// How often a registry may report that a chunk starts at the wrong offset.
const MAX_CORRECTIONS: usize = 3;

/// The progress of an upload.
struct Line {
    /// The URL for the next chunk.
    url: Url,
    /// The number of bytes that the registry has.
    arrived: u64,
    /// Whether `arrived` is uncertain, so that the registry must be asked.
    doubtful: bool,
    /// How often the registry had another number of bytes than expected.
    corrections: usize,
    /// The start of a chunk whose offset the registry rejected, and the error.
    refused: Option<(u64, RegistryError)>,
}

/// The result for one chunk.
enum Sent {
    /// It arrived. The next chunk goes to this URL.
    Next(Url),
    /// The registry no longer knows the session.
    Lost,
    /// The registry expects another offset, or reports so for a chunk that is too large.
    Misplaced(RegistryError),
}

impl Upload<'_> {
    /// Sends everything in chunks of this many bytes and closes the session. A bad connection is resumed while enough
    /// bytes arrive.
    pub(super) async fn in_chunks(&self, session: &Session, chunk: u64) -> Result<(), RegistryError> {
        let transport = self.repository.transport;
        let retries = transport.settings.retries;
        let chunk = chunk.max(session.least).max(1);
        let line =
            Line { url: session.url.clone(), arrived: 0, doubtful: false, corrections: 0, refused: None };
        let line = tokio::sync::Mutex::new(line);
        loop {
            let (before, began) = (line.lock().await.arrived, Instant::now());
            let attempt = || async { self.go_on(&mut *line.lock().await, chunk).await };
            match transport.retry(retries, attempt).await {
                Ok(true) => break,
                Ok(false) => return Err(self.lost()),
                Err(error) if error.is_transient() => {
                    let came = line.lock().await.arrived.saturating_sub(before);
                    if !transport.settings.pace.keeps_up(came, began.elapsed()) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let url = line.into_inner().url;
        let ended = transport.retry(retries, || self.finish(&url, Payload::Empty)).await;
        // If the closed session is unknown, the caller checks whether the blob exists.
        ended.map_err(|error| if error.is_not_found() { self.lost() } else { error })
    }

    /// Resumes at the registry's offset; `false` if the registry has forgotten the session. Docker's registry forgets
    /// the session of a cut chunk.
    async fn go_on(&self, line: &mut Line, chunk: u64) -> Result<bool, RegistryError> {
        while line.arrived < self.blob.descriptor.size {
            if line.doubtful && !self.ask(line).await? {
                // A registry whose status cannot be queried also gives this error to a chunk that is too large.
                return line.refused.take().map_or(Ok(false), |(_, error)| Err(error));
            }
            let length = chunk.min(self.blob.descriptor.size - line.arrived);
            line.doubtful = true;
            match self.chunk(&line.url, line.arrived, length).await? {
                Sent::Next(url) => {
                    (line.url, line.doubtful, line.refused) = (url, false, None);
                    line.arrived += length;
                }
                // The registry refuses a chunk although it starts at the offset that the registry reports: a smaller
                // chunk may succeed. If there is none, the reported offset may be wrong.
                Sent::Misplaced(error)
                    if chunk > SMALLEST
                        && line.refused.as_ref().is_some_and(|(start, _)| *start == line.arrived) =>
                {
                    return Err(error);
                }
                Sent::Misplaced(error) if line.corrections < MAX_CORRECTIONS => {
                    (line.corrections, line.refused) = (line.corrections + 1, Some((line.arrived, error)));
                }
                Sent::Misplaced(_) | Sent::Lost => return Ok(false),
            }
        }
        Ok(true)
    }

    async fn chunk(&self, session: &Url, start: u64, length: u64) -> Result<Sent, RegistryError> {
        let end = (start + length).saturating_sub(1);
        let headers = vec![
            (CONTENT_TYPE, "application/octet-stream".to_owned()),
            (CONTENT_RANGE, format!("{start}-{end}")),
        ];
        let body = Payload::Part { blob: self.blob, start, length, meter: self.meter };
        let call = Call { what: self.what, method: Method::PATCH, url: session.clone(), headers, body };
        let response = self.repository.once(&call).await?;
        match response.status() {
            status if status.is_success() => Ok(Sent::Next(self.location(session, &response)?)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Sent::Lost),
            StatusCode::RANGE_NOT_SATISFIABLE => Ok(Sent::Misplaced(self.refused(response).await)),
            _ => Err(self.refused(response).await),
        }
    }

    /// Queries the session: its next URL, and the number of bytes that arrived. Docker's registry reports `0-0` for an
    /// empty session. It could also mean one byte; that byte is then sent again.
    async fn ask(&self, line: &mut Line) -> Result<bool, RegistryError> {
        let response = self.repository.once(&Call::new(self.what, Method::GET, line.url.clone())).await?;
        if !response.status().is_success() {
            return Ok(false);
        }
        let range = response.headers().get(RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let last =
            range.trim_start_matches("bytes=").split_once('-').and_then(|(_, last)| last.parse::<u64>().ok());
        let arrived = last.map_or(0, |last| if last == 0 { 0 } else { last.saturating_add(1) });
        if arrived > self.blob.descriptor.size {
            return Err(self.protocol("it says that more bytes arrived than there are"));
        }
        // A response without a Location leaves the session URL unchanged.
        if let Ok(url) = self.location(&line.url, &response) {
            line.url = url;
        }
        line.arrived = arrived;
        Ok(true)
    }

    fn lost(&self) -> RegistryError {
        let registry = self.repository.reference.registry().to_owned();
        RegistryError::Lost { what: self.what.to_owned(), registry }
    }
}
