//! `fourply.toml`: what comes in is the text of the file at the workspace's root, what goes out is what it says, checked.
//! All of it is optional. It must not know where the file lies, nor what the command line adds: that is `settings`.

use std::collections::BTreeMap;

use serde::Deserialize;

mod base;
#[cfg(test)]
mod tests;

pub use base::{AlpineConfig, BaseConfig, BaseSource, DebianConfig, FolderConfig, RootfsConfig};

/// The name of the file, at the workspace's root.
pub const FILE_NAME: &str = "fourply.toml";

/// The whole file. Unknown keys are errors, so that a misspelt one is never ignored.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the image stands on.
    #[serde(default)]
    pub base: BaseConfig,
    /// How the sources become what runs.
    #[serde(default)]
    pub build: BuildConfig,
    /// Packages that the lockfile alone does not tell.
    #[serde(default)]
    pub packages: PackagesConfig,
    /// Where packages lie already.
    #[serde(default)]
    pub store: StoreConfig,
    /// What the image's configuration says.
    #[serde(default)]
    pub image: ImageConfig,
    /// How registries are reached.
    #[serde(default)]
    pub registry: RegistryConfig,
    /// Which packages are services.
    #[serde(default)]
    pub workspace: WorkspaceConfig,
    /// What is left out of packages.
    #[serde(default)]
    pub prune: PruneConfig,
    /// By FOLDER name (`auth` for `services/auth`): what differs for one service.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceConfig>,
}

/// `[build]`: the build step.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildConfig {
    /// The script of package.json to run, `build` by default; `false` takes the outputs as they lie in the tree.
    pub script: Option<Script>,
    /// What the script leaves in the service's folder, `["dist"]` by default.
    pub output: Option<Vec<String>>,
    /// The version of node that runs the scripts; the base's by default.
    pub node: Option<String>,
    /// Variables that the scripts see beside the clean environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How strongly scripts are confined; as strongly as the kernel allows by default.
    #[serde(default)]
    pub sandbox: SandboxSwitch,
    /// Whose scripts may use the network; nobody's by default.
    #[serde(default)]
    pub network: Network,
}

/// `sandbox = "auto"`, `"required"` or `"off"`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Network {
    /// For all scripts, or for none.
    Switch(bool),
    /// For those of some packages: names, and folders of the workspace.
    Named(Vec<String>),
}

impl Default for Network {
    fn default() -> Network {
        Network::Switch(false)
    }
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

/// `[packages]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackagesConfig {
    /// What the tarballs have to be that the lockfile has no integrity for, by its keys: `"x@https://…/x.tgz" = "sha512-…"`.
    #[serde(default)]
    pub integrity: BTreeMap<String, String>,
}

/// `[store]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// A store of pnpm to take packages from: its folder (from the workspace's root), or `auto` for the one that pnpm uses here, if there is
    /// one. `--pnpm-store` wins.
    pub pnpm: Option<String>,
}

/// `[workspace]`: which of its packages are services.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceConfig {
    /// Globs for their folders, `!` takes away. By default the folders directly below `services/` and `apps/`, else all packages that no
    /// other depends on.
    pub services: Option<Vec<String>>,
}

/// `[prune]`: what is left out of the packages in node_modules.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PruneConfig {
    /// The rules that apply: `docs`, `source-maps`, `types`, `tests`, `prebuilds`; all of them by default.
    pub rules: Option<Vec<String>>,
    /// Globs over `PACKAGE/PATH` for what stays, whatever a rule or `drop` says.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Globs over `PACKAGE/PATH` for what goes beside the rules.
    #[serde(default)]
    pub drop: Vec<String>,
}

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

/// `[registry]`: how registries are reached.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// Hosts (`HOST:PORT`) that may be spoken to by plain HTTP where HTTPS fails.
    #[serde(default)]
    pub insecure: Vec<String>,
    /// PEM files of certificate authorities to trust beside the system's.
    #[serde(default)]
    pub ca: Vec<String>,
    /// By registry (`docker.io`): `HOST` or `HOST/PREFIX` of others that are read first, in this order.
    #[serde(default)]
    pub mirrors: BTreeMap<String, Vec<String>>,
}

/// `[services.FOLDER]`: the keys of `[image]` and `[build]` that one service has otherwise.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// As in `[image]`.
    pub user: Option<String>,
    /// As in `[image]`.
    pub port: Option<u16>,
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

/// Why the text is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of another type. The source shows the line.
    #[error("{FILE_NAME} is not valid")]
    Syntax(#[source] Box<toml::de::Error>),
    /// Two bases at once.
    #[error("[base] in {FILE_NAME} names more than one base: {0}")]
    ManyBases(String),
    /// A switch that can only be off.
    #[error("{0} = true in {FILE_NAME} says nothing: only false is a switch there")]
    UselessSwitch(&'static str),
    /// A number of layers that no image can have.
    #[error("layers = {0} in {FILE_NAME} is none of 1 to 100")]
    Layers(usize),
    /// A health path that is no path.
    #[error("health = {0:?} in {FILE_NAME} is no path: it has to begin with '/'")]
    HealthPath(String),
}

impl Config {
    /// Reads the text of a `fourply.toml`.
    ///
    /// # Errors
    /// Where it is not TOML, has an unknown key or says two things at once.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::Syntax(Box::new(error)))?;
        let sources = config.base.named_sources();
        if sources.len() > 1 {
            return Err(ConfigError::ManyBases(sources.join(", ")));
        }
        if let Some(layers) = config.image.layers.filter(|layers| !(1..=100).contains(layers)) {
            return Err(ConfigError::Layers(layers));
        }
        let healths = config.services.values().map(|service| &service.health);
        healths.chain([&config.image.health]).flatten().try_for_each(Health::check)?;
        let scripts = config.services.values().map(|service| &service.script);
        scripts.chain([&config.build.script]).flatten().try_for_each(Script::check)?;
        Ok(config)
    }
}

impl Health {
    fn check(&self) -> Result<(), ConfigError> {
        match self {
            Health::Path(path) if !path.starts_with('/') => Err(ConfigError::HealthPath(path.clone())),
            Health::Switch(true) => Err(ConfigError::UselessSwitch("health")),
            _ => Ok(()),
        }
    }
}

impl Script {
    fn check(&self) -> Result<(), ConfigError> {
        match self {
            Script::Switch(true) => Err(ConfigError::UselessSwitch("script")),
            _ => Ok(()),
        }
    }
}
