//! `modules` of `[services.FOLDER]`: `true`, `false`, or the dependencies that the image has.

use fourply_pnpm::ImagePackages;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ConfigError;
use super::texts::{Key, Texts};

/// `modules = false`, `modules = ["sharp"]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "modules is true, false, or a list of names of the service's dependencies")]
pub enum Modules {
    /// All, or none.
    Switch(bool),
    /// These, with what they need.
    Listed(Vec<String>),
}

impl Modules {
    /// What the image has.
    pub fn packages(&self) -> ImagePackages {
        match self {
            Modules::Switch(true) => ImagePackages::All,
            Modules::Switch(false) => ImagePackages::none(),
            Modules::Listed(names) => ImagePackages::Only(names.iter().cloned().collect()),
        }
    }

    pub(super) fn check(&self, table: &str) -> Result<(), ConfigError> {
        match self {
            Modules::Switch(_) => Ok(()),
            Modules::Listed(names) if names.is_empty() => Err(ConfigError::NoModules(table.to_owned())),
            Modules::Listed(names) => Key { table, key: "modules", texts: Texts::Names }.check(names),
        }
    }
}
