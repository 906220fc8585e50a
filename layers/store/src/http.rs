//! What all HTTP of this program has in common: the TLS, the name by which it introduces itself, and how an attempt is repeated. In: attempts that
//! say whether another one may fare better. Out: the first success, or the last failure. It knows neither URLs nor registries.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

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

    /// How long the server wants to be left alone, as far as that is obeyed: in place of the wait that it is the turn of.
    fn wait(&self) -> Option<Duration>;
}

impl Retries {
    /// Repeats what may pass.
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
        let told = |error: &E, wait: Option<Duration>| wait.map(|wait| error.wait().unwrap_or(wait));
        attempt.retry(waits).when(E::may_pass).adjust(told).await
    }
}
