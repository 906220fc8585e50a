//! `[services.FOLDER]` of `fourply.toml`: what differs for one service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::build::{BuildConfig, FilesConfig, Script, check_files};
use super::error::ConfigError;
use super::health::{Health, Port};
use super::image::{check_pairs, image_keys};
use super::modules::Modules;
use super::texts::{Key, Texts};

image_keys! {
    /// `[services.FOLDER]`: the keys of `[image]` and `[build]` that one service has otherwise, and those that only a service has.
    pub struct ServiceConfig {
        /// As in `[build]`. `false` leaves the scripts of its packages on.
        pub script: Option<Script>,
        /// As in `[build]`.
        pub output: Option<Vec<String>>,
        /// As in `[build]`.
        pub files: Option<Vec<FilesConfig>>,
        /// What of its dependencies the image has; all by default. What the outputs hold themselves may be left out.
        pub modules: Option<Modules>,
        /// Names of its `devDependencies` that images have like `dependencies`, with what they need.
        #[serde(rename = "dev-dependencies")]
        pub dev_dependencies: Option<Vec<String>>,
        /// `[services.FOLDER.build]`: the keys of `[build]`; variables are added to those of all.
        #[serde(default)]
        pub build: BuildConfig,
    }
}

impl ServiceConfig {
    /// `table` is where it stands.
    pub(super) fn check(&self, table: &str) -> Result<(), ConfigError> {
        let twice = [
            ("script", self.script.is_some() && self.build.script.is_some()),
            ("output", self.output.is_some() && self.build.output.is_some()),
            ("files", self.files.is_some() && self.build.files.is_some()),
        ];
        if let Some((key, _)) = twice.into_iter().find(|(_, twice)| *twice) {
            return Err(ConfigError::Twice(table.to_owned(), key));
        }
        self.script.iter().try_for_each(|script| script.check(table))?;
        self.modules.iter().try_for_each(|modules| modules.check(table))?;
        let development = self.dev_dependencies.iter().flatten();
        Key { table, key: "dev-dependencies", texts: Texts::Names }.check(development)?;
        if self.modules == Some(Modules::Switch(false)) && self.dev_dependencies.is_some() {
            return Err(ConfigError::DevelopmentWithoutModules(table.to_owned()));
        }
        Key { table, key: "output", texts: Texts::Outputs }.check(self.output.iter().flatten())?;
        check_files(table, self.files.iter().flatten())?;
        self.check_texts(table)?;
        self.build.check(&format!("{table}.build"))
    }
}
