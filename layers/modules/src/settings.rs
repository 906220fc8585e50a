//! The user's settings for installs. Types only.

use std::collections::BTreeMap;

use fourply_scripts::sandbox::NetworkAccess;

/// The inputs of packages and their scripts, other than the workspace's own files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallSettings {
    /// Integrities that the lockfile lacks, by its keys.
    pub integrities: BTreeMap<String, String>,
    /// Whether packages may come from a pnpm store, whose index nothing verified. Results built from it are kept
    /// separately.
    pub from_pnpm_store: bool,
    /// Whether packages' install scripts are skipped, as by `pnpm install --ignore-scripts`.
    pub ignore_scripts: bool,
    /// The node version that runs the scripts; `None` means the base's.
    pub node: Option<String>,
    /// Variables for scripts, in addition to the clean environment.
    pub env: BTreeMap<String, String>,
    /// Which scripts may use the network.
    pub network: NetworkAccess,
    /// `SOURCE_DATE_EPOCH` for scripts.
    pub source_date_epoch: i64,
}

fourply_blob::key_value!(InstallSettings {
    integrities,
    from_pnpm_store,
    ignore_scripts,
    node,
    env,
    network,
    source_date_epoch,
});
