//! What a user decides of installs. The types alone.

use std::collections::BTreeMap;

use fourply_scripts::sandbox::NetworkAccess;

/// What decides packages and what their scripts find, besides the workspace's own files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallSettings {
    /// Integrities that the lockfile lacks, by its keys.
    pub integrities: BTreeMap<String, String>,
    /// Whether packages may come from a store of pnpm, whose index nobody verified: what is built with them is kept apart.
    pub from_pnpm_store: bool,
    /// Whether packages' install scripts are left alone, as by `pnpm install --ignore-scripts`.
    pub ignore_scripts: bool,
    /// The version of node that runs the scripts; the base's where absent.
    pub node: Option<String>,
    /// What the scripts see beside the clean environment.
    pub env: BTreeMap<String, String>,
    /// Whose scripts may use the network.
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
