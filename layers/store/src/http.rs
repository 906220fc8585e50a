//! What all HTTP of this program has in common: the TLS, the name by which it introduces itself, and how an attempt is repeated. In: attempts that
//! say whether another one may fare better. Out: the first success, or the last failure. It knows neither URLs nor registries.

mod pace;
mod sent;
mod words;

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

pub use pace::{Lapse, Pace, Paced};
pub use sent::send_request;
pub use words::{beginning, harmless, words};

/// How many attempts in a row a server may leave without an answer: each has cost all the time that an answer may take.
const SILENCES: usize = 2;
/// How long servers may have themselves left alone, over all attempts: who wants more time fails at once.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// The start of every client: ring's TLS, one name.
pub fn client_builder() -> reqwest::ClientBuilder {
    // Another part of the program may have chosen the same provider already; there is only one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent(concat!("fourply/", env!("CARGO_PKG_VERSION")))
}

/// How attempts are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How many attempts follow the first.
    pub times: usize,
    /// The wait before the first repetition. It doubles with each, and differs a little each time.
    pub first: Duration,
    /// The longest wait, but for what a server asks for.
    pub longest: Duration,
}

/// A failed attempt.
pub trait Failure {
    /// Whether another attempt may fare better.
    fn may_pass(&self) -> bool;

    /// How long the server wants to be left alone: in place of the wait that it is the turn of.
    fn wait(&self) -> Option<Duration>;

    /// Whether it took all the time that an answer may take.
    fn is_silence(&self) -> bool {
        false
    }
}

impl Retries {
    /// Repeats what may pass, but a server that is silent no more than once, and one that wants to be left alone no longer than two minutes.
    ///
    /// # Errors
    /// That of the last attempt.
    pub async fn over<T, E, F>(self, attempt: impl FnMut() -> F) -> Result<T, E>
    where
        E: Failure,
        F: Future<Output = Result<T, E>>,
    {
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.times)
            .with_jitter();
        let (mut silences, mut asked) = (0, Duration::ZERO);
        let told = move |error: &E, wait: Option<Duration>| {
            silences = if error.is_silence() { silences + 1 } else { 0 };
            asked = asked.saturating_add(error.wait().unwrap_or_default());
            let bearable = silences < SILENCES && asked <= LONGEST_ASKED;
            wait.filter(|_| bearable).map(|wait| error.wait().unwrap_or(wait))
        };
        attempt.retry(waits).when(E::may_pass).adjust(told).await
    }
}

#[cfg(test)]
mod tests;
