//! `[services.FOLDER]` of `fourply.toml`: what differs for one service.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::build::{BuildConfig, Script};
use super::error::ConfigError;
use super::health::{Health, Port};

/// `[services.FOLDER]`: the keys of `[image]` and `[build]` that one service has otherwise.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// As in `[image]`.
    pub user: Option<String>,
    /// As in `[image]`.
    pub port: Option<Port>,
    /// As in `[image]`.
    pub health: Option<Health>,
    /// As in `[image]`.
    pub entrypoint: Option<Vec<String>>,
    /// As in `[image]`.
    pub cmd: Option<Vec<String>>,
    /// As in `[image]`, added to those.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// As in `[image]`, added to those.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// As in `[image]`, added to those.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// As in `[build]`. `false` leaves the scripts of its packages on.
    pub script: Option<Script>,
    /// As in `[build]`.
    pub output: Option<Vec<String>>,
    /// `[services.FOLDER.build]`: the keys of `[build]`; variables are added to those of all.
    #[serde(default)]
    pub build: BuildConfig,
}

impl ServiceConfig {
    /// `table` is where it stands.
    pub(super) fn check(&self, table: &str) -> Result<(), ConfigError> {
        let twice = [
            ("script", self.script.is_some() && self.build.script.is_some()),
            ("output", self.output.is_some() && self.build.output.is_some()),
        ];
        if let Some((key, _)) = twice.into_iter().find(|(_, twice)| *twice) {
            return Err(ConfigError::Twice(table.to_owned(), key));
        }
        self.script.iter().try_for_each(Script::check)?;
        self.build.check(&format!("{table}.build"))
    }
}
