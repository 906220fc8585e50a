//! The shared HTTP behaviour of this program: TLS, the user agent, and retries. In: attempts, each with the information
//! whether another may succeed. Out: the first success, or the last failure. This module must not know URLs or
//! registries.

mod pace;
mod sent;
mod words;

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

pub use pace::{Lapse, Pace, Paced};
pub use sent::send_request;
pub use words::{beginning, harmless, words};

/// The most consecutive attempts that a server may leave unanswered: each costs the whole time limit of an answer.
const SILENCES: usize = 2;
/// The longest wait that servers may ask for, over all attempts. A longer one fails at once.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// The base of every client: ring's TLS and one user agent.
pub fn client_builder() -> reqwest::ClientBuilder {
    // Another part of the program may have installed the same provider already; there is only one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent(concat!("fourply/", env!("CARGO_PKG_VERSION")))
}

/// The retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// The most attempts after the first.
    pub times: usize,
    /// The wait before the first retry. It doubles with each retry, and varies slightly.
    pub first: Duration,
    /// The longest wait, unless a server asks for more.
    pub longest: Duration,
}

/// A failed attempt.
pub trait Failure {
    /// Whether another attempt may succeed.
    fn may_pass(&self) -> bool;

    /// The wait that the server asks for. It replaces the next wait of the policy.
    fn wait(&self) -> Option<Duration>;

    /// Whether the attempt used the whole time limit of an answer.
    fn is_silence(&self) -> bool {
        false
    }
}

impl Retries {
    /// Retries transient failures. A silent server is retried only once. A wait that a server asks for is limited to
    /// two minutes.
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
