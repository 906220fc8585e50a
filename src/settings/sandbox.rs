//! How scripts are confined, from what the file says.

use std::collections::BTreeSet;

use fourply_scripts::Downloads;
use fourply_scripts::sandbox::{NetworkAccess, Strictness};

use crate::config::{Network, SandboxSwitch};

pub(super) fn strictness(sandbox: Option<SandboxSwitch>) -> Strictness {
    match sandbox.unwrap_or_default() {
        SandboxSwitch::Auto => Strictness::Auto,
        SandboxSwitch::Required => Strictness::Required,
        SandboxSwitch::Off => Strictness::Off,
    }
}

/// Whose scripts may use the network, and what they download.
pub(super) fn network(network: Option<&Network>, downloads: Downloads) -> NetworkAccess {
    let names = match network {
        Some(Network::Named(names)) => names.iter().cloned().collect(),
        _ => BTreeSet::new(),
    };
    NetworkAccess { all: matches!(network, Some(Network::Switch(true))), names, downloads }
}
