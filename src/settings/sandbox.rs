//! How scripts are confined, from what the file says.

use fourply_scripts::sandbox::{NetworkAccess, Strictness};

use crate::config::{Network, SandboxSwitch};

pub(super) fn strictness(sandbox: Option<SandboxSwitch>) -> Strictness {
    match sandbox.unwrap_or_default() {
        SandboxSwitch::Auto => Strictness::Auto,
        SandboxSwitch::Required => Strictness::Required,
        SandboxSwitch::Off => Strictness::Off,
    }
}

pub(super) fn network(network: Option<&Network>) -> NetworkAccess {
    match network {
        None => NetworkAccess::default(),
        Some(Network::Switch(all)) => NetworkAccess { all: *all, ..NetworkAccess::default() },
        Some(Network::Named(names)) => NetworkAccess { all: false, names: names.iter().cloned().collect() },
    }
}
