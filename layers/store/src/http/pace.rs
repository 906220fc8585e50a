//! How slow a peer may be. In: a request that was sent, the body of its answer. Out: the answer, its pieces, or that nothing or too little came. It
//! knows neither URLs nor what the bytes are.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout};

/// How slow a peer may be before it counts as dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long the head of an answer may take, over all redirects.
    pub first: Duration,
    /// How long a body is looked at. Only the time in which nothing but the peer is waited for counts.
    pub window: Duration,
    /// How many bytes have to come in that time.
    pub least: u64,
}

impl Default for Pace {
    /// Half a minute for the head; then a thousand bytes a second, over half a minute.
    fn default() -> Self {
        let (first, window) = (Duration::from_secs(30), Duration::from_secs(30));
        Pace { first, window, least: 30_000 }
    }
}

/// Why no more of an answer comes.
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
    /// Whether nobody answered in time. Each attempt costs that time.
    pub fn is_silence(&self) -> bool {
        !matches!(self, Lapse::Connection(_))
    }

    /// The same without the URL, which could hold a password.
    #[must_use]
    pub fn without_url(self) -> Lapse {
        match self {
            Lapse::Connection(error) => Lapse::Connection(error.without_url()),
            other => other,
        }
    }
}

impl Pace {
    /// One for tests and for settings that know one time alone: for the head, and for the bytes that the default wants in its own.
    pub fn of(first: Duration) -> Pace {
        Pace { first, window: first, ..Pace::default() }
    }

    /// Waits for the head of an answer.
    ///
    /// # Errors
    /// Where it does not come in time, or the connection fails.
    pub async fn head<T>(
        &self,
        request: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, Lapse> {
        match timeout(self.first, request).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Lapse::Silent { after: self.first }),
        }
    }

    /// Whether so many bytes in this time are enough to go on. None are not.
    pub fn keeps_up(&self, bytes: u64, during: Duration) -> bool {
        let (came, wanted) = (u128::from(bytes) * self.window.as_millis(), u128::from(self.least));
        bytes > 0 && came >= wanted * during.as_millis()
    }
}

/// The body of an answer, whose pieces come at the least rate or not at all.
#[derive(Debug)]
pub struct Paced {
    response: Response,
    pace: Pace,
    /// Since the window began.
    waited: Duration,
    came: u64,
}

impl Paced {
    /// The body of a response.
    pub fn new(response: Response, pace: Pace) -> Paced {
        Paced { response, pace, waited: Duration::ZERO, came: 0 }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// Where too little came, or the connection failed.
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
