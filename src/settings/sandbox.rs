//! How scripts are confined, from what the file says.

use fourply_scripts::sandbox::{NetworkAccess, Strictness};

use crate::config::{Network, SandboxSwitch};

pub(super) fn strictness(sandbox: SandboxSwitch) -> Strictness {
    match sandbox {
        SandboxSwitch::Auto => Strictness::Auto,
        SandboxSwitch::Required => Strictness::Required,
        SandboxSwitch::Off => Strictness::Off,
    }
}

pub(super) fn network(network: &Network) -> NetworkAccess {
    match network {
        Network::Switch(all) => NetworkAccess { all: *all, ..NetworkAccess::default() },
        Network::Named(names) => NetworkAccess { all: false, names: names.iter().cloned().collect() },
    }
}
