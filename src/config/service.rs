//! `[services.FOLDER]` of `fourply.toml`: what differs for one service.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::build::{FilesConfig, Script};
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
    /// As in `[build]`.
    pub script: Option<Script>,
    /// As in `[build]`.
    pub output: Option<Vec<String>>,
    /// As in `[build]`.
    pub files: Option<Vec<FilesConfig>>,
    /// As in `[image]`.
    pub writable: Option<Vec<String>>,
}
