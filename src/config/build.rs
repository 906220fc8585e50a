//! `[build]` of `fourply.toml`: how the sources become what runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::ConfigError;
use super::sandbox::{Network, SandboxSwitch};
use super::texts::{Key, Texts};

/// `[build]`: the build step.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildConfig {
    /// The script of package.json to run, `build` by default, or several in their order; `false` takes the outputs as they lie in the tree.
    pub script: Option<Script>,
    /// A command of the workspace's root in place of scripts. `{path}` is the service's folder, `{name}` the name of its package.
    pub command: Option<String>,
    /// What the script leaves in the service's folder, `["dist"]` by default.
    pub output: Option<Vec<String>>,
    /// What goes into the image besides.
    pub files: Option<Vec<FilesConfig>>,
    /// Globs for what of the root, outside of packages, the build sees; by default configuration that builds read.
    pub inputs: Option<Vec<String>>,
    /// Packages, by folder or name, that are built before each service although it does not depend on them.
    pub projects: Option<Vec<String>>,
    /// The node that runs the scripts: a version, a range, `lts`, `latest` or a release's name; the base's by default.
    pub node: Option<String>,
    /// What an `engines.node` is that the base's node does not meet; an error by default.
    pub engines: Option<Engines>,
    /// Variables that the scripts see beside the clean environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Secrets that the service's own script gets as variables, by name; their values come with `--secret`.
    pub secrets: Option<Vec<String>>,
    /// How strongly scripts are confined; as strongly as the kernel allows by default. For all services alike.
    pub sandbox: Option<SandboxSwitch>,
    /// Packages of the base's own package manager that are added to the base for scripts, which run in it then. For all services alike.
    pub toolchain: Option<Vec<String>>,
    /// Whose scripts may use the network; nobody's by default.
    pub network: Option<Network>,
}

impl BuildConfig {
    /// `table` is where it stands.
    pub(super) fn check(&self, table: &str) -> Result<(), ConfigError> {
        let wrong = |name: &String| Err(ConfigError::Variable(table.to_owned(), name.clone()));
        if let Some((name, _)) =
            self.env.iter().find(|(name, value)| !is_settable(name) || value.contains('\0'))
        {
            return wrong(name);
        }
        let secrets = || self.secrets.iter().flatten();
        if let Some(name) = secrets().find(|name| !is_variable(name)) {
            return Err(ConfigError::SecretName(table.to_owned(), name.clone()));
        }
        if let Some(name) = secrets().find(|name| self.env.contains_key(*name)) {
            return Err(ConfigError::OpenSecret(table.to_owned(), name.clone()));
        }
        if table != "build" && self.sandbox.is_some() {
            return Err(ConfigError::SandboxOfService(table.to_owned()));
        }
        if table != "build" && self.toolchain.is_some() {
            return Err(ConfigError::ToolchainOfService(table.to_owned()));
        }
        if let Some(word) = self.toolchain.iter().flatten().find(|word| !is_package(word)) {
            return Err(ConfigError::Package(table.to_owned(), word.clone()));
        }
        if self.command.as_ref().is_some_and(|command| command.trim().is_empty() || command.contains('\0')) {
            return Err(ConfigError::NoCommand(table.to_owned()));
        }
        if self.command.is_some() && self.script.is_some() {
            return Err(ConfigError::CommandAndScript(table.to_owned()));
        }
        self.script.iter().try_for_each(|script| script.check(table))?;
        self.texts(table)
    }

    /// Checks what is a path, a glob or a name.
    fn texts(&self, table: &str) -> Result<(), ConfigError> {
        let key = |key, texts| Key { table, key, texts };
        key("output", Texts::Outputs).check(self.output.iter().flatten())?;
        check_files(table, self.files.iter().flatten())?;
        key("inputs", Texts::Inputs).check(self.inputs.iter().flatten())?;
        key("projects", Texts::Names).check(self.projects.iter().flatten())?;
        key("node", Texts::Names).check(&self.node)?;
        match &self.network {
            Some(Network::Named(names)) => key("network", Texts::Names).check(names),
            _ => Ok(()),
        }
    }
}

/// `engines = "error"` or `"ignore"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engines {
    /// A node that the service or the workspace's root does not want is an error.
    #[default]
    Error,
    /// It is a warning.
    Ignore,
}

/// Whether a package may be asked for by this word; the package manager says more of it.
fn is_package(word: &str) -> bool {
    !word.is_empty() && !word.contains(char::is_whitespace) && !word.contains(char::is_control)
}

/// Whether a variable can have this name at all.
fn is_settable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0']) && !name.contains(char::is_whitespace)
}

/// Whether it is a name that shells and programs know a variable by.
pub(crate) fn is_variable(name: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.starts_with(|first: char| letter(first) && !first.is_ascii_digit()) && name.chars().all(letter)
}

/// `files = ["prisma/migrations", { from = "/apps/client/dist", to = "client" }]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// Checks entries of `files`.
pub(super) fn check_files<'f>(
    table: &str,
    files: impl IntoIterator<Item = &'f FilesConfig>,
) -> Result<(), ConfigError> {
    let key = |texts| Key { table, key: "files", texts };
    files.into_iter().try_for_each(|entry| match entry {
        FilesConfig::Path(from) => key(Texts::Files).check([from]),
        FilesConfig::Moved { from, to } => {
            key(Texts::Files).check([from])?;
            key(Texts::Folders).check([to])
        }
    })
}

/// `script = "build"`, `script = ["generate", "build"]` or `script = false`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "script is the name of a script of package.json, a list of names, or false")]
pub enum Script {
    /// The name of a script.
    Named(String),
    /// The names of several.
    Listed(Vec<String>),
    /// `false`: no script runs.
    Switch(bool),
}

impl Script {
    pub(super) fn check(&self, table: &str) -> Result<(), ConfigError> {
        match self {
            Script::Switch(true) => Err(ConfigError::UselessSwitch(table.to_owned())),
            Script::Listed(names) if names.is_empty() || names.iter().any(String::is_empty) => {
                Err(ConfigError::NoScripts(table.to_owned()))
            }
            Script::Named(name) if name.is_empty() => Err(ConfigError::NoScripts(table.to_owned())),
            Script::Switch(false) => Ok(()),
            Script::Named(name) => Key { table, key: "script", texts: Texts::Names }.check([name]),
            Script::Listed(names) => Key { table, key: "script", texts: Texts::Names }.check(names),
        }
    }
}
