//! From raw arguments, `fourply.toml` and the environment to settings in which nothing is left open. The command line wins over
//! the service's own part of the file, that over the whole file, that over the defaults.

mod attest;
mod base;
mod build_step;
mod container;
mod engine;
mod framework;
mod health;
mod locked;
mod node_version;
mod output;
mod overrides;
mod port;
mod registry;
mod sandbox;
mod script;
mod selection;
mod source;
pub(crate) mod store_size;
mod written;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fourply_base::{AddedToBase, BaseSpec};
use fourply_blob::{Codec, LayerFormat};
use fourply_modules::{InstallSettings, PruneOptions, PruneRule};
use fourply_platform::Platform;
use fourply_pnpm::{DevelopmentNames, ImagePackages, Rules};
use fourply_store::{InputKind, read_named, read_text};

use crate::Error;
use crate::config::{Config, Modules, PruneConfig, ServiceConfig, StoreConfig};

pub(crate) use attest::AttestSettings;
pub(crate) use build_step::BuildSettings;
pub(crate) use container::ContainerSettings;
pub(crate) use engine::EngineKind;
pub(crate) use health::{HealthSettings, USUAL_PATHS};
pub(crate) use locked::{BaseLock, LockState};
pub(crate) use output::{OutputKind, OutputSpec, fields};
pub(crate) use overrides::Overrides;
pub(crate) use port::port_in;
pub(crate) use registry::{RegistryArgs, RegistryOptions};
pub(crate) use selection::SelectionSettings;
pub(crate) use source::{Revision, SourceSettings};

/// Where the workspace's root lies in the image.
pub(crate) const ROOT_IN_IMAGE: &str = "/app";

/// What a build does, with nothing left open.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Which service of which workspace.
    pub workspace: WorkspaceSettings,
    /// What the image stands on.
    pub base: BaseSettings,
    pub build: BuildSettings,
    /// What decides packages and what their scripts find.
    pub install: InstallSettings,
    /// How the image is run.
    pub container: ContainerSettings,
    pub source: SourceSettings,
    /// What is said of the image beside it.
    pub attest: AttestSettings,
    /// How layers are made.
    pub layers: LayerSettings,
    /// What is kept on this machine.
    pub store: StoreSettings,
    /// How registries are reached.
    pub registry: RegistryOptions,
}

/// A service and its workspace.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceSettings {
    pub root: PathBuf,
    /// The service's folder, relative to the root, with `/`.
    pub service: String,
    /// Globs for the folders of services; those of custom where absent.
    pub services: Option<Vec<String>>,
    /// Development dependencies that images have, by the folder of the package that names them.
    pub development: DevelopmentNames,
    /// Whose layout to make, in place of what the workspace says.
    pub rules: Option<&'static Rules>,
}

#[derive(Debug, Clone)]
pub(crate) struct BaseSettings {
    /// What the image stands on.
    pub spec: BaseSpec,
    /// What is put on it.
    pub added: AddedToBase,
    /// For which platform.
    pub platform: Platform,
    /// What both are made of, where `fourply.lock` says so.
    pub lock: BaseLock,
    /// Anything else than what the lock says is an error.
    pub locked: bool,
    /// Ask the base's source what it holds now, whatever the store remembers.
    pub refresh: bool,
}

/// Layers of packages and outputs.
#[derive(Debug, Clone)]
pub(crate) struct LayerSettings {
    /// How many layers node_modules may have, where that is configured.
    pub budget: Option<usize>,
    /// What node_modules has of the lockfile; the outputs bring what they load besides.
    pub modules: ImagePackages,
    /// What is left out of packages; nothing where absent.
    pub prune: Option<PruneOptions>,
    /// How layers are compressed.
    pub codec: Codec,
    /// By which rules packages are split, and what the image says of its build.
    pub format: LayerFormat,
}

/// Stores, and whether there is a network.
#[derive(Debug, Clone)]
pub(crate) struct StoreSettings {
    /// Where the store lies.
    pub folder: PathBuf,
    /// Stores to read from.
    pub parents: Vec<PathBuf>,
    /// A store of pnpm to take packages from.
    pub pnpm: Option<PathBuf>,
    /// The most bytes that it keeps.
    pub keep: Option<u64>,
    /// No network at all.
    pub offline: bool,
    /// Keep packages' tarballs in the store: a cache or a bundle is to carry them.
    pub keep_tarballs: bool,
    /// Registries, by host and port, that get what the workspace's own files want to send them.
    pub trusted: BTreeSet<String>,
}

/// Reads `fourply.toml` of the workspace, or the file that `--config` names.
///
/// # Errors
/// Where a named file is absent, or what is there is no configuration.
pub(crate) fn read_config(root: &Path, named: Option<&Path>) -> Result<Config, Error> {
    let path = named.map_or_else(|| root.join(crate::config::FILE_NAME), Path::to_path_buf);
    // A link that leads nowhere is a mistake, not an absent file.
    if named.is_none() && std::fs::symlink_metadata(&path).is_err() {
        return Ok(Config::default());
    }
    // What --config names may be a pipe of the shell's.
    let text = if named.is_some() {
        read_named(&path, InputKind::Settings)
    } else {
        read_text(&path, InputKind::Settings)
    };
    let hint = match named {
        Some(_) => "give --config a fourply.toml that can be read",
        None => "make fourply.toml a file that can be read, or remove it",
    };
    let text = text.map_err(|error| Error::user(error, hint))?;
    Config::parse(&text).map_err(|source| Error::Config { path, source })
}

impl Settings {
    /// Resolves what one service's build does. The services of `config` have their folders as names: [`Names::place`](crate::names::Names::place).
    ///
    /// # Errors
    /// Where a value cannot be used: a base, a platform, a time.
    pub(crate) fn resolve(
        root: &Path,
        service: &str,
        config: &Config,
        over: &Overrides,
    ) -> Result<Settings, Error> {
        Settings::with_source(root, service, config, over, None)
    }

    /// These settings for another service of the workspace.
    ///
    /// # Errors
    /// As [`Settings::resolve`].
    pub(crate) fn for_service(
        &self,
        service: &str,
        config: &Config,
        over: &Overrides,
    ) -> Result<Settings, Error> {
        Settings::with_source(&self.workspace.root, service, config, over, Some(&self.source))
    }

    fn with_source(
        root: &Path,
        service: &str,
        config: &Config,
        over: &Overrides,
        source: Option<&SourceSettings>,
    ) -> Result<Settings, Error> {
        let _span = tracing::info_span!("settings", of = service).entered();
        let (config, over) = &node_version::chosen(config, over)?;
        let own = config.services.get(service).cloned().unwrap_or_default();
        let base = base::spec(root, &config.base, over.base.as_deref(), over.refresh_base)?;
        let platform: Platform = over.platform.as_deref().unwrap_or("linux/amd64").parse()?;
        let epoch = crate::environment::source_date_epoch()?;
        let format = over.layer_format.or(config.image.layer_format).unwrap_or_default();
        let single = over.single_stream || config.image.single_stream.unwrap_or_default();
        let written_as = |codec: Codec| if single { codec.single_stream() } else { codec };
        let pnpm = pnpm_store(root, over, &config.store);
        let store = over.store.clone().map_or_else(crate::environment::default_store, Ok)?;
        let written =
            over.written.iter().map(|place| place.to_string_lossy().replace("{path}", service).into());
        let writes: Vec<PathBuf> =
            written.chain([store.clone()]).chain(over.store_from.clone()).chain(pnpm.clone()).collect();
        Ok(Settings {
            workspace: WorkspaceSettings {
                root: root.to_path_buf(),
                service: service.to_owned(),
                services: config.workspace.services.clone(),
                development: development(config),
                rules: over.pnpm,
            },
            base: BaseSettings {
                spec: base,
                lock: locked::lock(root, config, over, &platform)?,
                added: base::added(root, config, over, written_as(Codec::Gzip))?,
                locked: over.locked,
                platform,
                refresh: over.refresh_base,
            },
            build: build_step::build(root, service, config, over, writes)?,
            install: InstallSettings {
                integrities: config.packages.integrity.clone(),
                from_pnpm_store: pnpm.is_some(),
                ignore_scripts: over.ignore_scripts,
                node: script::merged(&own, config).node,
                env: config.build.env.clone(),
                network: sandbox::network(
                    script::merged(&own, config).network.as_ref(),
                    over.downloads(root)?,
                ),
                // A constant where none is given: one of the commit would build everything again with each.
                source_date_epoch: epoch.unwrap_or(fourply_blob::MTIME),
            },
            source: SourceSettings::new(root, format, &config.image, source)?,
            attest: attest::attest(config, over)?,
            container: container::container(service, &own, config)?.described(over),
            layers: LayerSettings {
                budget: config.image.layers,
                modules: modules(&own),
                prune: if over.no_prune { None } else { Some(prune(&config.prune)?) },
                codec: written_as(over.codec.unwrap_or_default()),
                format,
            },
            store: StoreSettings {
                folder: store,
                parents: over.store_from.clone(),
                pnpm,
                keep: store_size::keep(config.store.keep.as_ref())?,
                offline: over.offline,
                keep_tarballs: over.keep_tarballs,
                trusted: registry::trusted(&over.trusted)?,
            },
            registry: RegistryOptions::resolve(&over.registry, &config.registry, root)?,
        })
    }

    /// The folder's own name: `auth` of `services/auth`.
    pub(crate) fn service_name(&self) -> &str {
        crate::names::folder_name(&self.workspace.service)
    }
}

/// What images have of devDependencies: a shared layer is a function of what all services have.
fn development(config: &Config) -> DevelopmentNames {
    let names = |own: &ServiceConfig| own.dev_dependencies.iter().flatten().cloned().collect();
    let all = config.services.iter().map(|(folder, own)| (folder.clone(), names(own)));
    all.filter(|(_, names): &(String, BTreeSet<String>)| !names.is_empty()).collect()
}

/// What the image has of packages. A list of `modules` leaves out nothing that `dev-dependencies` asks for.
fn modules(own: &ServiceConfig) -> ImagePackages {
    let packages = own.modules.as_ref().map(Modules::packages).unwrap_or_default();
    match packages {
        ImagePackages::Only(names) if !names.is_empty() => ImagePackages::Only(
            names.into_iter().chain(own.dev_dependencies.iter().flatten().cloned()).collect(),
        ),
        other => other,
    }
}

/// The store of pnpm that is asked for packages. `auto` may find none.
fn pnpm_store(root: &Path, over: &Overrides, config: &StoreConfig) -> Option<PathBuf> {
    let named = config.pnpm.as_ref().map(PathBuf::from);
    let given = over.pnpm_store.clone().or_else(|| named.filter(|path| !path.as_os_str().is_empty()))?;
    match given.as_os_str() == "auto" {
        true => crate::environment::pnpm_store(),
        false if over.pnpm_store.is_some() => Some(given),
        false => Some(root.join(given)),
    }
}

fn prune(config: &PruneConfig) -> Result<PruneOptions, Error> {
    let rules = config.rules.as_ref().map(|rules| rules.iter().map(|rule| rule.parse()).collect());
    let rules = rules.transpose()?.unwrap_or_else(|| PruneRule::DEFAULT.into());
    Ok(PruneOptions { rules, keep: config.keep.clone(), drop: config.drop.clone() })
}
