//! What is asked for: packages, files, and how the network is used. The types alone.

use std::path::PathBuf;
use std::time::Duration;

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

use crate::http::Pace;
use crate::{Integrity, NpmConfig};

/// How the outside is reached.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// No socket is opened.
    pub offline: bool,
    /// How many downloads run at once.
    pub concurrency: usize,
    /// Registries and credentials.
    pub npm: NpmConfig,
    /// How long a connection may take to be made, an answer to begin, and each 30 kB of it to come.
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
    /// How slow a server may be.
    pub(super) fn pace(&self) -> Pace {
        Pace::of(self.timeout)
    }
}

/// One package to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// Its name, with the scope.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name of the registry that has it, where the lockfile says one (`namedRegistries`).
    pub registry: Option<String>,
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
