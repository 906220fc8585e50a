//! What the command line says, before the file and the defaults fill what it leaves open.

use std::path::PathBuf;

use fourply_blob::Codec;
use fourply_pnpm::Rules;

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
    /// `--locked`.
    pub locked: bool,
    /// The files and folders that `-o` names, with `{service}` as it stands: no build takes them for sources.
    pub written: Vec<PathBuf>,
}
