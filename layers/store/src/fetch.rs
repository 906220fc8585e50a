//! Packages, files and documents from elsewhere, each verified before anything else reads it. A blocking face over a small runtime of
//! its own, which is started when the first byte is really needed: a build that finds all in the store opens no socket.

mod git;
mod http;
mod latest;
mod npm;
mod package;
mod validators;
mod wait;

pub use wait::retry_after;

use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use url::Url;

pub use git::GitOptions;
pub(crate) use http::shown;

use crate::hashed::Hashed;
use crate::pnpm_store::PnpmStore;
use crate::{Integrity, NpmConfig, Result, Store, StoreError};

/// How the outside is reached.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// No socket is opened.
    pub offline: bool,
    /// How many downloads run at once.
    pub concurrency: usize,
    /// Registries and credentials.
    pub npm: NpmConfig,
    /// How long a connection may take to be made, and how long it may be silent.
    pub timeout: Duration,
    /// How often a download is tried again.
    pub retries: usize,
    /// Keep tarballs beside the packs that they become, for a cache or a bundle.
    pub keep_tarballs: bool,
    /// A store of pnpm that packages are taken from before the network is asked, read-only. Its index is trusted: see the module
    /// `pnpm_store`.
    pub pnpm_store: Option<PathBuf>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        FetchSettings {
            offline: false,
            concurrency: 16,
            npm: NpmConfig::default(),
            timeout: Duration::from_secs(30),
            retries: 4,
            keep_tarballs: false,
            pnpm_store: None,
        }
    }
}

/// One package to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// Its name, with the scope.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its tarball lies, if not where the registry usually has it: a URL, or `file:` and an absolute path.
    pub tarball: Option<String>,
    /// What its tarball has to be.
    pub integrity: Integrity,
}

impl PackageRequest {
    /// `name@version`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// What the npm registry says of one version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpmVersion {
    /// The version.
    pub version: String,
    /// The URL of its tarball.
    pub tarball: String,
    /// The integrity of its tarball.
    pub integrity: String,
}

/// What a file has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256(Digest),
}

/// Fetches into one store.
#[derive(Debug)]
pub struct Fetcher {
    store: Store,
    settings: FetchSettings,
    fallback: Option<fn() -> Option<String>>,
    registry: OnceLock<Option<String>>,
    engine: OnceLock<Engine>,
    pnpm_store: OnceLock<PnpmStore>,
}

#[derive(Debug)]
struct Engine {
    runtime: Runtime,
    client: reqwest::Client,
}

impl Fetcher {
    /// A fetcher; nothing is opened yet.
    pub fn new(store: Store, settings: FetchSettings) -> Fetcher {
        Fetcher {
            store,
            settings,
            fallback: None,
            registry: OnceLock::new(),
            engine: OnceLock::new(),
            pnpm_store: OnceLock::new(),
        }
    }

    /// Asks `registry` for the default registry, once, when the first package is fetched that no `.npmrc` names one for.
    #[must_use]
    pub fn with_default_registry(mut self, registry: fn() -> Option<String>) -> Fetcher {
        self.fallback = Some(registry);
        self
    }

    /// The store that is filled.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the network is off.
    pub fn offline(&self) -> bool {
        self.settings.offline
    }

    /// The runtime that downloads run on.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn runtime(&self) -> Result<&Runtime> {
        Ok(&self.engine()?.runtime)
    }

    /// The client that downloads go through.
    ///
    /// # Errors
    /// Where certificates or a proxy cannot be used.
    pub fn http(&self) -> Result<&reqwest::Client> {
        Ok(&self.engine()?.client)
    }

    fn engine(&self) -> Result<&Engine> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let client = http::client(&self.settings)?;
        Ok(self.engine.get_or_init(|| Engine { runtime, client }))
    }

    /// A file by its checksum, in the store: from there, or from an `http`, `https` or `file` URL.
    ///
    /// # Errors
    /// Where it is absent, too large or not what was promised.
    pub fn file(&self, url: &Url, expected: &Checksum, max: u64) -> Result<PathBuf> {
        let Checksum::Sha256(digest) = expected;
        if let Some(path) = self.store.blob_path(digest) {
            return Ok(path);
        }
        let writer = self.stream(url, max, || self.store.blob_writer())?;
        let (digest, _) = writer.commit(Some(digest)).map_err(|error| name_it(error, url))?;
        self.store.blob_path(&digest).ok_or_else(|| StoreError::corrupt(std::path::Path::new(url.as_str())))
    }

    /// A file by what npm says of it, kept as a blob; no more than a piece of it is ever in memory.
    ///
    /// # Errors
    /// As [`Fetcher::file`].
    pub fn blob(&self, url: &Url, integrity: &Integrity, label: &str, max: u64) -> Result<Digest> {
        let open = || Ok(Hashed { out: self.store.blob_writer()?, hasher: integrity.hasher() });
        let Hashed { out: blob, hasher } = self.stream(url, max, open)?;
        integrity.check(label, hasher)?;
        Ok(blob.commit(None)?.0)
    }

    /// Bytes that nobody has verified: what asks for them does. For what changes at its place, see [`Fetcher::latest`].
    ///
    /// # Errors
    /// Where it is absent or too large.
    pub fn document(&self, url: &Url, max: u64) -> Result<Vec<u8>> {
        if url.scheme() == "file" {
            let mut bytes = Vec::new();
            http::open_local(url, max)?.take(max).read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        let what = shown(url);
        self.online(&what)?;
        let engine = self.engine()?;
        let get = http::Get { url, accept: None, what: &what, max };
        engine.runtime.block_on(http::bytes(&engine.client, &self.settings, get))
    }

    /// What `open` gives, which is asked anew for each attempt, with all bytes of a URL written to it.
    fn stream<W: Write>(&self, url: &Url, max: u64, open: impl Fn() -> Result<W>) -> Result<W> {
        if url.scheme() == "file" {
            let mut writer = open()?;
            std::io::copy(&mut http::open_local(url, max)?.take(max), &mut writer)?;
            return Ok(writer);
        }
        let what = shown(url);
        self.online(&what)?;
        let engine = self.engine()?;
        let get = http::Get { url, accept: None, what: &what, max };
        engine.runtime.block_on(http::body(&engine.client, &self.settings, get, open))
    }

    fn online(&self, what: &str) -> Result<()> {
        if self.settings.offline { Err(StoreError::Offline { what: what.to_owned() }) } else { Ok(()) }
    }
}

/// Says which file was not what was promised.
fn name_it(error: StoreError, url: &Url) -> StoreError {
    match error {
        StoreError::Mismatch { expected, found, .. } => {
            StoreError::Mismatch { what: shown(url), expected, found }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
