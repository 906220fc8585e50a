//! `[build]` of `fourply.toml`: how the sources become what runs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::ConfigError;

/// `[build]`: the build step.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildConfig {
    /// The script of package.json to run, `build` by default; `false` takes the outputs as they lie in the tree.
    pub script: Option<Script>,
    /// What the script leaves in the service's folder, `["dist"]` by default.
    pub output: Option<Vec<String>>,
    /// What goes into the image besides.
    pub files: Option<Vec<FilesConfig>>,
    /// Globs for what of the root, outside of packages, the build sees; by default configuration that builds read.
    pub inputs: Option<Vec<String>>,
    /// Packages, by folder or name, that are built before each service although it does not depend on them.
    #[serde(default)]
    pub projects: Vec<String>,
    /// The version of node that runs the scripts; the base's by default.
    pub node: Option<String>,
    /// Variables that the scripts see beside the clean environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// `files = ["prisma/migrations", { from = "/apps/client/dist", to = "client" }]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "an entry of files is a path, or { from = \"PATH\", to = \"PATH\" }"
)]
pub enum FilesConfig {
    /// A file, a folder or a glob: of the service's folder, or of the workspace's root if it begins with `/`.
    Path(String),
    /// The same for another place in the image.
    Moved {
        /// As a path alone.
        from: String,
        /// Relative to the service's folder.
        to: String,
    },
}

/// `script = "build"` or `script = false`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Script {
    /// The name of a script.
    Named(String),
    /// `false`: no script runs.
    Switch(bool),
}

impl Script {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        match self {
            Script::Switch(true) => Err(ConfigError::UselessSwitch("script")),
            _ => Ok(()),
        }
    }
}
