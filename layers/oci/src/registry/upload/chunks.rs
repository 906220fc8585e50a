//! A blob in chunks. In: an open session. Out: the registry has all of it. After a cut the registry is asked how far it got, and the next chunk begins
//! there. Source: distribution specification, "Pushing a blob in chunks" and "Resuming an upload".

use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::session::{Session, Upload};
use super::way::SMALLEST;
use crate::registry::body::Payload;
use crate::registry::error::RegistryError;
use crate::registry::transport::Call;

/// How often a registry may say that a chunk begins where it should not.
const MAX_CORRECTIONS: usize = 3;

/// How far an upload is.
struct Line {
    /// Where the next chunk goes.
    url: Url,
    /// How many bytes the registry has.
    arrived: u64,
    /// Whether only the registry knows how many.
    doubtful: bool,
    /// How often it was not as many as we thought.
    corrections: usize,
    /// Where a chunk began of which the registry said that it begins where it should not.
    refused: Option<(u64, RegistryError)>,
}

/// What became of one chunk.
enum Sent {
    /// It arrived; the next one goes there.
    Next(Url),
    /// The registry knows no such session any more.
    Lost,
    /// It expects other bytes, or says so of a chunk that is too large.
    Misplaced(RegistryError),
}

impl Upload<'_> {
    /// Sends everything in chunks of so many bytes, and ends the session. As long as enough arrives, a bad line is worth going on.
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
        // Whoever hears nothing of a session that was ended asks for the blob.
        ended.map_err(|error| if error.is_not_found() { self.lost() } else { error })
    }

    /// Goes on from where the line is; `false` where the registry has forgotten the session. Docker's forgets one whose chunk was cut.
    async fn go_on(&self, line: &mut Line, chunk: u64) -> Result<bool, RegistryError> {
        while line.arrived < self.blob.descriptor.size {
            if line.doubtful && !self.ask(line).await? {
                // A registry that cannot be asked refuses what is too large so, too.
                return line.refused.take().map_or(Ok(false), |(_, error)| Err(error));
            }
            let length = chunk.min(self.blob.descriptor.size - line.arrived);
            line.doubtful = true;
            match self.chunk(&line.url, line.arrived, length).await? {
                Sent::Next(url) => {
                    (line.url, line.doubtful, line.refused) = (url, false, None);
                    line.arrived += length;
                }
                // It says that the chunk begins just where it should, and refuses it nevertheless: a smaller one may pass. Where there is none, it
                // may be wrong about where.
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

    /// Asks where the session stands: its next URL, and how many bytes of it arrived. `0-0` is an empty one with docker's registry; that it could
    /// mean one byte costs that byte.
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
        // An answer without a Location leaves the session where it was.
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
