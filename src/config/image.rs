//! `[image]` of `fourply.toml`: what the image's configuration says.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::health::{Health, Port};

/// `[image]`: what the image's configuration says, for every service.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// `name:uid` or `name:uid:group:gid`; `nodejs:1001` by default.
    pub user: Option<String>,
    /// The port that the service listens on, as `PORT` and as the exposed port; 3000 by default. `false` for a worker.
    pub port: Option<Port>,
    /// The health check: a path, a command, `false` for none, or a table; the usual paths by default.
    pub health: Option<Health>,
    /// How many layers node_modules may have, the service's own one counted; 10 by default.
    pub layers: Option<usize>,
    /// The entry point; `["tini", "--"]` by default, with tini found in the base.
    pub entrypoint: Option<Vec<String>>,
    /// The command; `["node", ENTRY]` by default, with the entry point found in the service's outputs.
    pub cmd: Option<Vec<String>>,
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
