//! Packages, files and documents from elsewhere, each verified before other code reads it. In: names, URLs and
//! integrities. Out: entries of the store. A blocking interface over a small runtime, which starts with the first
//! download: a build that finds everything in the store opens no socket.

mod address;
mod clients;
mod download;
mod git;
mod http;
mod latest;
mod npm;
mod package;
mod request;
mod several;
mod validators;
mod wait;

pub use request::{Checksum, FetchSettings, NpmVersion, PackageRequest};
pub use wait::retry_after;

use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::sync::OnceLock;

use fourply_blob::Digest;
use tokio::runtime::Runtime;
use url::Url;

pub use download::{Download, DownloadRequest};
pub use git::GitOptions;

use clients::Clients;

use crate::hashed::HashingWriter;
use crate::pnpm_store::PnpmStore;
use crate::redacted::shown;
use crate::{Integrity, Result, Store, StoreError};

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
    clients: Clients,
    downloads: OnceLock<reqwest::Client>,
}

impl Fetcher {
    /// Creates a fetcher without opening a connection.
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

    /// Calls `registry` for the default registry. It is called once, for the first package for which no `.npmrc` names
    /// a registry.
    #[must_use]
    pub fn with_default_registry(mut self, registry: fn() -> Option<String>) -> Fetcher {
        self.fallback = Some(registry);
        self
    }

    /// The store that receives the downloads.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the network is disabled.
    pub fn offline(&self) -> bool {
        self.settings.offline
    }

    /// The runtime for downloads.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn runtime(&self) -> Result<&Runtime> {
        Ok(&self.engine()?.runtime)
    }

    /// The HTTP client for downloads.
    ///
    /// # Errors
    /// If certificates or a proxy cannot be used.
    pub fn http(&self) -> Result<&reqwest::Client> {
        Ok(&self.engine()?.clients.general)
    }

    fn engine(&self) -> Result<&Engine> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let clients = Clients::new(&self.settings)?;
        Ok(self.engine.get_or_init(|| Engine { runtime, clients, downloads: OnceLock::new() }))
    }

    /// Returns the path of a file with this checksum in the store. If it is missing, it is fetched from an `http`,
    /// `https` or `file` URL.
    ///
    /// # Errors
    /// If the file does not exist, is too large, or does not match its checksum.
    pub fn file(&self, url: &Url, expected: &Checksum, max: u64) -> Result<PathBuf> {
        let Checksum::Sha256(digest) = expected;
        if let Some(path) = self.store.sound_blob(digest) {
            return Ok(path);
        }
        let writer = self.stream(url, max, || self.store.blob_writer())?;
        let (digest, _) = writer.commit(Some(digest)).map_err(|error| name_it(error, url))?;
        self.store.blob_path(&digest).ok_or_else(|| StoreError::corrupt(std::path::Path::new(url.as_str())))
    }

    /// The same for a file of known size. Another size is an error, wherever the file comes from.
    ///
    /// # Errors
    /// Those of [`Fetcher::file`].
    pub fn sized_file(&self, url: &Url, expected: &Checksum, size: u64, max: u64) -> Result<PathBuf> {
        let path = self.file(url, expected, size.min(max))?;
        let found = fs_err::metadata(&path)?.len();
        match found == size {
            true => Ok(path),
            false => Err(StoreError::Mismatch {
                what: shown(url),
                expected: format!("{size} bytes"),
                found: format!("{found} bytes"),
            }),
        }
    }

    /// Fetches a file with npm's integrity, and stores it as a blob. Only a piece of it is in memory at a time.
    ///
    /// # Errors
    /// Those of [`Fetcher::file`].
    pub fn blob(&self, url: &Url, integrity: &Integrity, label: &str, max: u64) -> Result<Digest> {
        let open = || Ok(HashingWriter { out: self.store.blob_writer()?, hasher: integrity.hasher() });
        let HashingWriter { out: blob, hasher } = self.stream(url, max, open)?;
        integrity.check(label, hasher)?;
        Ok(blob.commit(None)?.0)
    }

    /// Fetches unverified bytes; the caller verifies them. For a document that can change at its URL, see
    /// [`Fetcher::latest`].
    ///
    /// # Errors
    /// If the document does not exist or is too large.
    pub fn document(&self, url: &Url, max: u64) -> Result<Vec<u8>> {
        if url.scheme() == "file" {
            let mut bytes = Vec::new();
            http::open_local(url, max)?.take(max).read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        let what = shown(url);
        self.online(&what)?;
        let engine = self.engine()?;
        let get = http::Get { url, accept: None, what: &what, max, package: None };
        engine.runtime.block_on(http::bytes(&engine.clients, &self.settings, get))
    }

    /// Writes all bytes of a URL to the result of `open`, which is called again for each attempt.
    fn stream<W: Write>(&self, url: &Url, max: u64, open: impl Fn() -> Result<W>) -> Result<W> {
        if url.scheme() == "file" {
            let mut writer = open()?;
            std::io::copy(&mut http::open_local(url, max)?.take(max), &mut writer)?;
            return Ok(writer);
        }
        let what = shown(url);
        self.online(&what)?;
        let engine = self.engine()?;
        let get = http::Get { url, accept: None, what: &what, max, package: None };
        engine.runtime.block_on(http::body(&engine.clients, &self.settings, get, open))
    }

    fn online(&self, what: &str) -> Result<()> {
        if self.settings.offline { Err(StoreError::Offline { what: what.to_owned() }) } else { Ok(()) }
    }
}

/// Adds the file's URL to a mismatch error.
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
