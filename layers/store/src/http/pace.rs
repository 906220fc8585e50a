//! Limits for slow peers. In: a sent request, the body of its answer. Out: the answer, its pieces, or an error if
//! nothing or too little arrived. This module must not know URLs or the content.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout};

/// How slow a peer may be before it is considered dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time limit for the head of an answer, over all redirects.
    pub first: Duration,
    /// The period over which a body's speed is measured. Only time spent waiting for the peer counts.
    pub window: Duration,
    /// The minimum number of bytes in that period.
    pub least: u64,
}

impl Default for Pace {
    /// Half a minute for the head; then a thousand bytes a second, over half a minute.
    fn default() -> Self {
        let (first, window) = (Duration::from_secs(30), Duration::from_secs(30));
        Pace { first, window, least: 30_000 }
    }
}

/// Why an answer ended early.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum Lapse {
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] reqwest::Error),
    #[error("no answer came for {} seconds", after.as_secs())]
    Silent { after: Duration },
    #[error("only {bytes} bytes came in {} seconds", during.as_secs())]
    Slow { bytes: u64, during: Duration },
}

impl Lapse {
    /// Whether the peer did not answer in time. Each such attempt costs that time.
    pub fn is_silence(&self) -> bool {
        !matches!(self, Lapse::Connection(_))
    }

    /// The same error without the URL, which may contain a password.
    #[must_use]
    pub fn without_url(self) -> Lapse {
        match self {
            Lapse::Connection(error) => Lapse::Connection(error.without_url()),
            other => other,
        }
    }
}

impl Pace {
    /// A pace with one time, for tests and for settings with a single timeout: it is the limit for the head, and for
    /// the default's number of bytes.
    pub fn of(first: Duration) -> Pace {
        Pace { first, window: first, ..Pace::default() }
    }

    /// Waits for the head of an answer.
    ///
    /// # Errors
    /// If it does not arrive in time, or the connection fails.
    pub async fn head<T>(
        &self,
        request: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, Lapse> {
        match timeout(self.first, request).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Lapse::Silent { after: self.first }),
        }
    }

    /// Whether this many bytes in this time are enough to go on. Zero bytes are not.
    pub fn keeps_up(&self, bytes: u64, during: Duration) -> bool {
        let (came, wanted) = (u128::from(bytes) * self.window.as_millis(), u128::from(self.least));
        bytes > 0 && came >= wanted * during.as_millis()
    }
}

/// The body of an answer. Its pieces arrive at the minimum rate, or reading fails.
#[derive(Debug)]
pub struct Paced {
    response: Response,
    pace: Pace,
    /// Time waited since the period began.
    waited: Duration,
    came: u64,
}

impl Paced {
    /// The body of a response.
    pub fn new(response: Response, pace: Pace) -> Paced {
        Paced { response, pace, waited: Duration::ZERO, came: 0 }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// If too few bytes arrived, or the connection failed.
    pub async fn next(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Lapse> {
        loop {
            let began = Instant::now();
            let left = self.pace.window.saturating_sub(self.waited);
            let piece = timeout(left, self.response.chunk()).await;
            self.waited += began.elapsed();
            if let Ok(piece) = piece {
                let piece = piece?;
                self.came += piece.as_ref().map_or(0, |piece| piece.len() as u64);
                return Ok(piece);
            }
            let (bytes, during) = (self.came, self.pace.window);
            if bytes < self.pace.least {
                return Err(Lapse::Slow { bytes, during });
            }
            (self.waited, self.came) = (Duration::ZERO, 0);
        }
    }
}
