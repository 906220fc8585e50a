//! The settings of the registry client: values only, all resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fourply_store::{Pace, Store};

use super::credentials::Credentials;

/// The settings of the registry client.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// The sources of credentials.
    pub credentials: Credentials,
    /// Use plain HTTP if HTTPS fails. Not needed for loopback addresses.
    pub insecure: bool,
    /// The same for these hosts only (`HOST:PORT`).
    pub insecure_hosts: BTreeSet<String>,
    /// By registry (`docker.io`): mirrors as `HOST` or `HOST/PREFIX`, which are read first, in this order.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// The store for fetched blobs. Without one, images cannot be copied between registries.
    pub store: Option<Store>,
    /// Refuse every request before it is sent.
    pub offline: bool,
    /// The most retries of a request after a transient failure.
    pub retries: usize,
    /// The wait before the first retry. It doubles with each retry, up to half a minute.
    pub backoff: Duration,
    /// How long an upload may make no progress, and how long a registry may take to save it.
    pub stall: Duration,
    /// The limits for slow responses of a registry, its token server and redirect targets.
    pub pace: Pace,
    /// The most blobs that are looked up and sent at once.
    pub parallel: usize,
    /// Blobs larger than this many bytes are sent in chunks of this size; 0 disables chunks. `None` sends every blob in
    /// one request, which is faster and which every registry accepts. Chunks are then used only if a request is refused
    /// as too large or is cut.
    pub chunk: Option<u64>,
}

impl Default for RegistrySettings {
    /// No credentials; five retries, the first after half a second; one minute without progress in uploads, half a
    /// minute otherwise; six blobs at once; chunks only if needed.
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
