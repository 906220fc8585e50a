//! How registries are spoken to: values, with nothing left open.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fourply_store::{Pace, Store};

use super::credentials::Credentials;

/// How registries are spoken to.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// Where credentials are looked for.
    pub credentials: Credentials,
    /// Plain HTTP where HTTPS fails. Loopback addresses need no such word.
    pub insecure: bool,
    /// The same for these hosts alone (`HOST:PORT`).
    pub insecure_hosts: BTreeSet<String>,
    /// By registry (`docker.io`): `HOST` or `HOST/PREFIX` of others that are read first, in this order.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// Where fetched blobs rest. Without one, nothing can be copied between registries.
    pub store: Option<Store>,
    /// Every request is refused before it is made.
    pub offline: bool,
    /// How often a request is repeated that failed for a reason that may pass.
    pub retries: usize,
    /// The wait before the first repetition; it doubles with each, to half a minute at most.
    pub backoff: Duration,
    /// How long an upload may stand still, and a registry take to keep what came.
    pub stall: Duration,
    /// How slow a registry, its token server and where they lead to may be otherwise.
    pub pace: Pace,
    /// How many blobs are looked for and sent at once.
    pub parallel: usize,
    /// Blobs larger than so many bytes are sent in chunks of so many; 0 is never. `None` sends every blob in one request, which is
    /// faster and which every registry takes, and in chunks only what is refused as too large or broken off.
    pub chunk: Option<u64>,
}

impl Default for RegistrySettings {
    /// No credentials; five repetitions that begin after half a second; a minute of silence in uploads, half of it elsewhere; six blobs at once; chunks where they are needed.
    fn default() -> Self {
        RegistrySettings {
            credentials: Credentials::default(),
            insecure: false,
            insecure_hosts: BTreeSet::new(),
            mirrors: BTreeMap::new(),
            store: None,
            offline: false,
            retries: 5,
            backoff: Duration::from_millis(500),
            stall: Duration::from_secs(60),
            pace: Pace::default(),
            parallel: 6,
            chunk: None,
        }
    }
}
