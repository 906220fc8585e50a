//! `fourply.toml`: what comes in is the text of the file at the workspace's root, what goes out is what it says, checked.
//! All of it is optional. It must not know where the file lies, nor what the command line adds: that is `settings`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

mod attest;
mod base;
mod build;
mod error;
mod health;
mod image;
mod invalid;
mod modules;
mod place;
mod sandbox;
mod schema;
mod service;
#[cfg(test)]
mod tests;
mod texts;

pub use attest::{AttestConfig, ProvenanceDetail, ProvenanceWord, SbomForm, SbomWord};
pub(crate) use base::DEFAULT_BASE;
pub use base::{AlpineConfig, BaseConfig, BaseSource, DebianConfig, FolderConfig, RootfsConfig};
pub(crate) use build::is_variable;
pub use build::{BuildConfig, Engines, FilesConfig, Script};
pub use error::{ConfigError, FILE_NAME};
pub use health::{Health, HealthCheck, Port, Probe};
pub use image::ImageConfig;
pub use invalid::InvalidToml;
pub use modules::Modules;
pub use sandbox::{Network, SandboxSwitch};
pub(crate) use schema::schema;
pub use service::ServiceConfig;
use texts::{Key, Texts};

/// The whole file. Unknown keys are errors, so that a misspelt one is never ignored.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
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
    /// What is said of an image beside it.
    #[serde(default)]
    pub attest: AttestConfig,
    /// How registries are reached.
    #[serde(default)]
    pub registry: RegistryConfig,
    /// Which packages are services.
    #[serde(default)]
    pub workspace: WorkspaceConfig,
    /// What is left out of packages.
    #[serde(default)]
    pub prune: PruneConfig,
    /// What differs for one service, by its folder's name (`auth`), its path (`services/auth`) or its package's name.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceConfig>,
}

/// `[packages]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackagesConfig {
    /// What the tarballs have to be that the lockfile has no integrity for, by its keys: `"x@https://…/x.tgz" = "sha512-…"`.
    #[serde(default)]
    pub integrity: BTreeMap<String, String>,
}

/// `[store]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// A store of pnpm to take packages from: its folder (from the workspace's root), or `auto` for the one that pnpm uses here, if there is
    /// one. `--pnpm-store` wins.
    pub pnpm: Option<String>,
    /// How large fourply's own store may get, as `20GB`, which is the default; `false` for any size.
    pub keep: Option<Keep>,
}

/// `[store] keep`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Keep {
    /// `false`.
    Switch(bool),
    /// `20GB`.
    Size(String),
}

/// `[workspace]`: which of its packages are services.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceConfig {
    /// Globs for their folders, `!` takes away. By default the folders directly below `services/` and `apps/`, else all packages that no
    /// other depends on.
    pub services: Option<Vec<String>>,
}

/// `[prune]`: what is left out of the packages in node_modules.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PruneConfig {
    /// The rules that apply: `docs`, `source-maps`, `types`, `tests`, `prebuilds`, `objects`; all of them by default.
    pub rules: Option<Vec<String>>,
    /// Globs over `PACKAGE/PATH` for what stays, whatever a rule or `drop` says.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Globs over `PACKAGE/PATH` for what goes beside the rules.
    #[serde(default)]
    pub drop: Vec<String>,
}

impl PruneConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let key = |key| Key { table: "prune", key, texts: Texts::InPackages };
        key("keep").check(&self.keep)?;
        key("drop").check(&self.drop)
    }
}

/// `[registry]`: how registries are reached.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
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

/// A word as a key of TOML.
pub(crate) fn key(word: &str) -> String {
    let bare = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { word.to_owned() } else { format!("{word:?}") }
}

impl Config {
    /// Reads the text of a `fourply.toml`.
    ///
    /// # Errors
    /// Where it is not TOML, has an unknown key or says two things at once.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::checked(text).map_err(|error| error.placed(text))
    }

    fn checked(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text)
            .map_err(|error| ConfigError::Syntax(Box::new(InvalidToml::new(text, &error))))?;
        let sources = config.base.named_sources();
        if sources.len() > 1 {
            return Err(ConfigError::ManyBases(sources.join(", ")));
        }
        if let Some(layers) = config.image.layers.filter(|layers| !(1..=100).contains(layers)) {
            return Err(ConfigError::Layers(layers));
        }
        let image = ("image".to_owned(), config.image.port, &config.image.health);
        let services = config.services.iter();
        let services = services.map(|(name, own)| (format!("services.{}", key(name)), own.port, &own.health));
        std::iter::once(image).chain(services).try_for_each(|(table, port, health)| {
            let asks =
                matches!(health, Some(Health::Check(check)) if !matches!(check.probe, Probe::Command(_)));
            if asks && port == Some(Port::Off) { Err(ConfigError::NoPort(table)) } else { Ok(()) }
        })?;
        config.image.check_texts("image")?;
        config.prune.check()?;
        config.build.check("build")?;
        config
            .services
            .iter()
            .try_for_each(|(name, service)| service.check(&format!("services.{}", key(name))))?;
        Ok(config)
    }
}
