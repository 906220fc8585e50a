//! `[image]` of `fourply.toml`: what the image's configuration says.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::ConfigError;

/// `[image]`: what the image's configuration says, for every service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// `name:uid` or `name:uid:group:gid`; `nodejs:1001` by default.
    pub user: Option<String>,
    /// The port that the service listens on, as `PORT` and as the exposed port; 3000 by default.
    pub port: Option<u16>,
    /// The health check: the path of a URL, a command, or `false` for none; `/health/live` by default.
    pub health: Option<Health>,
    /// How many layers node_modules may have, the service's own one counted; 10 by default.
    pub layers: Option<usize>,
    /// The entry point; `["tini", "--"]` by default, with tini found in the base.
    pub entrypoint: Option<Vec<String>>,
    /// The command; `["node", ENTRY]` by default, with the entry point found in the service's outputs.
    pub cmd: Option<Vec<String>>,
    /// Folders that the image's user may write to, relative to the service's or absolute.
    pub writable: Option<Vec<String>>,
    /// Environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Labels of the configuration.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// `health = "/health/live"`, `health = ["wget", "…"]` or `health = false`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Health {
    /// The path that answers with a status of 2xx.
    Path(String),
    /// A command that ends with 0.
    Command(Vec<String>),
    /// `false`: the image has no health check.
    Switch(bool),
}

impl Health {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        match self {
            Health::Path(path) if !path.starts_with('/') => Err(ConfigError::HealthPath(path.clone())),
            Health::Switch(true) => Err(ConfigError::UselessSwitch("health")),
            _ => Ok(()),
        }
    }
}
