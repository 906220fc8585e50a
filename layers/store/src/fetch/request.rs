//! Requests for packages and files, and network settings. Types only.

use std::path::PathBuf;
use std::time::Duration;

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

use crate::http::Pace;
use crate::{Integrity, NpmConfig};

/// The network settings.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Open no socket.
    pub offline: bool,
    /// The most parallel downloads.
    pub concurrency: usize,
    /// Registries and credentials.
    pub npm: NpmConfig,
    /// The time limit for a connection, for the start of an answer, and for each 30 kB of it.
    pub timeout: Duration,
    /// The most retries of a download.
    pub retries: usize,
    /// Keep tarballs in addition to the archives made from them, for a cache or a bundle.
    pub keep_tarballs: bool,
    /// A pnpm store, read before the network is used and never written. Its index is trusted: see the module
    /// `pnpm_store`.
    pub pnpm_store: Option<PathBuf>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        FetchSettings {
            offline: false,
            concurrency: 32,
            npm: NpmConfig::default(),
            timeout: Duration::from_secs(30),
            retries: 4,
            keep_tarballs: false,
            pnpm_store: None,
        }
    }
}

impl FetchSettings {
    /// The limits for slow servers.
    pub(super) fn pace(&self) -> Pace {
        Pace::of(self.timeout)
    }
}

/// A package to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// The name, with its scope.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name of its registry, if the lockfile has one (`namedRegistries`).
    pub registry: Option<String>,
    /// The location of its tarball, if it is not the registry's standard one: a URL, or `file:` and an absolute path.
    pub tarball: Option<String>,
    /// The integrity of its tarball.
    pub integrity: Integrity,
}

impl PackageRequest {
    /// `name@version`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// The npm registry's data about one version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NpmVersion {
    /// The version.
    pub version: String,
    /// The URL of its tarball.
    pub tarball: String,
    /// The integrity of its tarball.
    pub integrity: String,
}

/// A file's expected checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256.
    Sha256(Digest),
}
