//! What the command line says, before the file and the defaults fill what it leaves open.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Codec;
use fourply_pnpm::Rules;
use fourply_scripts::Secrets;

use super::RegistryArgs;

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
    /// `--store`.
    pub store: Option<PathBuf>,
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
    /// `--build-arg`, with values.
    pub build_args: BTreeMap<String, String>,
    /// `--secret`, with values.
    pub secrets: Secrets,
    /// The files and folders that `-o` and `--config` name, with `{service}` as it stands: no build takes them for sources.
    pub written: Vec<PathBuf>,
}
