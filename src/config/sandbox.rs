//! `sandbox` and `network` of `[build]`: how scripts are confined.

use schemars::JsonSchema;
use serde::Deserialize;

/// `sandbox = "auto"`, `"required"` or `"off"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SandboxSwitch {
    /// As strongly as the kernel allows.
    #[default]
    Auto,
    /// Fully, or scripts do not run.
    Required,
    /// Not at all.
    Off,
}

/// `network = ["puppeteer", "services/web"]`, `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "network is a list of packages, true or false")]
pub enum Network {
    /// For all scripts, or for none.
    Switch(bool),
    /// For those of some packages: names, and folders of the workspace.
    Named(Vec<String>),
}
