//! What is wrong with a `fourply.toml`, with the values that are.

use super::invalid::InvalidToml;
use super::place;

/// The name of the file, at the workspace's root.
pub const FILE_NAME: &str = "fourply.toml";

/// Why the text is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Another error, with the line of the key that it is about.
    #[error("line {line}: {error}")]
    At {
        /// From 1.
        line: usize,
        error: Box<ConfigError>,
    },
    /// Not TOML, an unknown key, or a value of another type.
    #[error("{FILE_NAME} is not valid")]
    Syntax(#[source] Box<InvalidToml>),
    /// Two bases at once.
    #[error("[base] in {FILE_NAME} names more than one base: {0}")]
    ManyBases(String),
    /// What is decided for the whole workspace.
    #[error(
        "[{0}] sandbox in {FILE_NAME} is not possible: services share packages, so [build] sandbox is for all"
    )]
    SandboxOfService(String),
    /// A text that can name nothing.
    #[error("[{table}] {key} in {FILE_NAME} has {text:?}: {reason}")]
    Text {
        /// The table that it stands in.
        table: String,
        key: &'static str,
        /// As it stands; empty where it is too long.
        text: String,
        reason: String,
    },
    /// What is decided for the whole workspace.
    #[error(
        "[{0}] toolchain in {FILE_NAME} is not possible: services share packages, so [build] toolchain is for all"
    )]
    ToolchainOfService(String),
    /// What is no name of a package.
    #[error("[{0}] toolchain in {FILE_NAME} has {1:?}, which is no name of a package")]
    Package(String, String),
    /// A switch that can only be off.
    #[error("[{0}] in {FILE_NAME} has script = true: name a script, or write false")]
    UselessSwitch(String),
    /// An empty list of packages.
    #[error("[{0}] modules in {FILE_NAME} names no package")]
    NoModules(String),
    /// Packages for an image that has none.
    #[error("[{0}] in {FILE_NAME} has modules = false and dev-dependencies")]
    DevelopmentWithoutModules(String),
    /// An empty list of scripts, or an empty name.
    #[error("[{0}] script in {FILE_NAME} names no script")]
    NoScripts(String),
    /// A command that is empty.
    #[error("[{0}] command in {FILE_NAME} is empty: give a shell command that runs in the workspace's root")]
    NoCommand(String),
    /// What builds, said twice.
    #[error("[{0}] in {FILE_NAME} has both script and command: leave one of them out")]
    CommandAndScript(String),
    /// A number of layers that no image can have.
    #[error("[image] layers in {FILE_NAME} must be 1–100, got {0}")]
    Layers(usize),
    /// A name of a variable that is none, or whose value is none.
    #[error("[{0}] in {FILE_NAME} has a variable {1:?} that cannot be set")]
    Variable(String, String),
    /// A name of a secret that no variable can have.
    #[error("[{0}] secrets in {FILE_NAME} has {1:?}, which is no name of a variable")]
    SecretName(String, String),
    /// A secret whose value stands in the file.
    #[error(
        "{1} is in env and in secrets of [{0}] in {FILE_NAME}: a secret's value comes with --secret alone"
    )]
    OpenSecret(String, String),
    /// A key that is there in both forms.
    #[error("{1} is in [{0}] and in [{0}.build] in {FILE_NAME}: leave one of them out")]
    Twice(String, &'static str),
    /// A check of a worker that asks a port; the table that says both.
    #[error(
        "[{0}] in {FILE_NAME} has port = false and a health check that asks a port: use a command, or false"
    )]
    NoPort(String),
}

impl ConfigError {
    /// With the line of the key, where `text`, the configuration, has it.
    pub(super) fn placed(self, config: &str) -> ConfigError {
        let line = self.place().and_then(|(table, key, text)| place::line(config, table, key, text));
        match line {
            Some(line) => ConfigError::At { line, error: Box::new(self) },
            None => self,
        }
    }

    /// The table and the key, and the text among its values.
    fn place(&self) -> Option<(&str, &str, Option<&str>)> {
        Some(match self {
            Self::At { .. } | Self::Syntax(_) => return None,
            Self::ManyBases(_) => ("base", "", None),
            Self::SandboxOfService(table) => (table, "sandbox", None),
            Self::Text { table, key, text, .. } => (table, key, Some(text)),
            Self::ToolchainOfService(table) => (table, "toolchain", None),
            Self::Package(table, name) => (table, "toolchain", Some(name)),
            Self::UselessSwitch(table) | Self::NoScripts(table) => (table, "script", None),
            Self::NoModules(table) => (table, "modules", None),
            Self::DevelopmentWithoutModules(table) => (table, "dev-dependencies", None),
            Self::NoCommand(table) | Self::CommandAndScript(table) => (table, "command", None),
            Self::Layers(_) => ("image", "layers", None),
            Self::Variable(table, name) => (table, "env", Some(name)),
            Self::SecretName(table, name) | Self::OpenSecret(table, name) => (table, "secrets", Some(name)),
            Self::Twice(table, key) => (table, key, None),
            Self::NoPort(table) => (table, "health", None),
        })
    }
}
