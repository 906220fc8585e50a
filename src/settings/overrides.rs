//! What the command line says, before the file and the defaults fill what it leaves open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use fourply_blob::{Codec, LayerFormat};
use fourply_pnpm::Rules;
use fourply_scripts::{Downloads, Secrets};

use super::RegistryArgs;
use crate::Error;
use crate::config::{ProvenanceWord, SbomWord};
use crate::lock::Lock;

/// What the command line says; the rest comes from the file and the defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// `--base`.
    pub base: Option<String>,
    /// `--pnpm`.
    pub pnpm: Option<&'static Rules>,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--prebuilt`.
    pub prebuilt: bool,
    /// `--no-prune`.
    pub no_prune: bool,
    /// `--pnpm-store`.
    pub pnpm_store: Option<PathBuf>,
    /// `--ignore-scripts`.
    pub ignore_scripts: bool,
    /// `--compression`.
    pub codec: Option<Codec>,
    /// `--single-stream`.
    pub single_stream: bool,
    /// `--layer-format`.
    pub layer_format: Option<LayerFormat>,
    /// `--store`.
    pub store: Option<PathBuf>,
    /// Stores to read from.
    pub store_from: Vec<PathBuf>,
    /// `--offline`.
    pub offline: bool,
    /// `--refresh-base`.
    pub refresh_base: bool,
    /// `--insecure`, `--ca`, `--mirror`, `--chunk`.
    pub registry: RegistryArgs,
    /// A cache or a bundle is to be made.
    pub keep_tarballs: bool,
    /// `--trust-registry`.
    pub trusted: Vec<String>,
    /// `--locked`.
    pub locked: bool,
    /// `--sbom`.
    pub sbom: Option<SbomWord>,
    /// `--provenance`.
    pub provenance: Option<ProvenanceWord>,
    /// What the image holds is to be told.
    pub contents: bool,
    /// `--build-arg`, with values.
    pub build_args: BTreeMap<String, String>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--annotation`.
    pub annotations: BTreeMap<String, String>,
    /// `--secret`, with values.
    pub secrets: Secrets,
    /// The files and folders that `-o` and `--config` name, with `{service}` as it stands: no build takes them for sources.
    pub written: Vec<PathBuf>,
    /// What scripts download: one for all services and platforms of a build.
    pub downloads: Arc<OnceLock<Downloads>>,
}

impl Overrides {
    /// What is locked in the workspace at `root`, read once.
    ///
    /// # Errors
    /// A lock that cannot be read.
    pub(crate) fn downloads(&self, root: &Path) -> Result<Downloads, Error> {
        if let Some(known) = self.downloads.get() {
            return Ok(known.clone());
        }
        let lines = Lock::read(root)?.map(|lock| lock.downloads()).transpose()?.unwrap_or_default();
        let read = Downloads::new(lines, self.locked);
        Ok(self.downloads.get_or_init(|| read).clone())
    }
}
