//! From raw arguments, `fourply.toml` and the environment to settings in which nothing is left open. The command line wins over
//! the service's own part of the file, that over the whole file, that over the defaults.

mod base;
mod output;
mod registry;
mod sandbox;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fourply_base::{AddedToBase, BaseSpec};
use fourply_blob::Codec;
use fourply_modules::{InstallSettings, PruneOptions, PruneRule};
use fourply_platform::Platform;
use fourply_pnpm::Rules;
use fourply_scripts::sandbox::Strictness;

use crate::Error;
use crate::config::{Config, Health, PruneConfig, Script, ServiceConfig, StoreConfig};
use crate::lock::{self, Lock, Locked};

pub(crate) use output::{OutputKind, OutputSpec};
pub(crate) use registry::{RegistryArgs, RegistryOptions};

/// The port where nothing names one.
pub(crate) const DEFAULT_PORT: u16 = 3000;
/// The user where nothing names one.
pub(crate) const DEFAULT_USER: &str = "nodejs:1001";
/// How many layers node_modules has at most where nothing says so.
pub(crate) const DEFAULT_LAYERS: usize = 10;
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
    pub lock: Option<Locked>,
    /// Anything else than what the lock says is an error.
    pub locked: bool,
    /// Ask the base's source what it holds now, whatever the store remembers.
    pub refresh: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct BuildSettings {
    /// The script to run; `None` takes the outputs as they lie in the tree.
    pub script: Option<String>,
    /// What the script leaves, relative to the service's folder.
    pub outputs: Vec<String>,
    /// How strongly scripts are confined.
    pub sandbox: Strictness,
}

/// The configuration of containers.
#[derive(Debug, Clone)]
pub(crate) struct ContainerSettings {
    /// The user of the image.
    pub user: String,
    /// The port, as `PORT` and as the exposed port.
    pub port: u16,
    /// The health check's command, in the form of the image's configuration.
    pub health: Option<Vec<String>>,
    /// The entry point; found in the base where absent.
    pub entrypoint: Option<Vec<String>>,
    /// The command; found in the outputs where absent.
    pub cmd: Option<Vec<String>>,
    /// Environment variables of the image.
    pub env: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// What was built, and when.
#[derive(Debug, Clone)]
pub(crate) struct SourceSettings {
    /// The time of the image, in seconds since 1970.
    pub created: i64,
    /// The commit that is built.
    pub revision: Option<String>,
    /// Its time, in seconds since 1970.
    pub commit_time: Option<i64>,
}

/// Layers of packages and outputs.
#[derive(Debug, Clone)]
pub(crate) struct LayerSettings {
    /// How many layers node_modules may have.
    pub budget: usize,
    /// What is left out of packages; nothing where absent.
    pub prune: Option<PruneOptions>,
    /// How layers are compressed.
    pub codec: Codec,
}

/// Stores, and whether there is a network.
#[derive(Debug, Clone)]
pub(crate) struct StoreSettings {
    /// Where the store lies.
    pub folder: PathBuf,
    /// A store of pnpm to take packages from.
    pub pnpm: Option<PathBuf>,
    /// No network at all.
    pub offline: bool,
    /// Keep packages' tarballs in the store: a cache or a bundle is to carry them.
    pub keep_tarballs: bool,
}

/// What the command line says; the rest comes from the file and the defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// `--base`.
    pub base: Option<String>,
    /// `--pnpm`.
    pub pnpm: Option<&'static Rules>,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--prebuilt`.
    pub prebuilt: bool,
    /// `--no-prune`.
    pub no_prune: bool,
    /// `--pnpm-store`.
    pub pnpm_store: Option<PathBuf>,
    /// `--ignore-scripts`.
    pub ignore_scripts: bool,
    /// `--compression`.
    pub codec: Option<Codec>,
    /// `--store`.
    pub store: Option<PathBuf>,
    /// `--offline`.
    pub offline: bool,
    /// `--refresh-base`.
    pub refresh_base: bool,
    /// `--insecure`, `--ca`, `--mirror`, `--chunk`.
    pub registry: RegistryArgs,
    /// A cache or a bundle is to be made.
    pub keep_tarballs: bool,
    /// `--locked`.
    pub locked: bool,
}

/// Reads `fourply.toml` of the workspace, or the file that `--config` names.
///
/// # Errors
/// Where a named file is absent, or what is there is no configuration.
pub(crate) fn read_config(root: &Path, named: Option<&Path>) -> Result<Config, Error> {
    let path = named.map_or_else(|| root.join(crate::config::FILE_NAME), Path::to_path_buf);
    if named.is_none() && !path.exists() {
        return Ok(Config::default());
    }
    let text = fs_err::read_to_string(&path)
        .map_err(|error| Error::user(error, "give --config a fourply.toml that can be read"))?;
    Config::parse(&text).map_err(|source| Error::Config { path, source })
}

impl Settings {
    /// Resolves what one service's build does.
    ///
    /// # Errors
    /// Where a value cannot be used: a base, a platform, a time.
    pub(crate) fn resolve(
        root: &Path,
        service: &str,
        config: &Config,
        over: &Overrides,
    ) -> Result<Settings, Error> {
        let commit = crate::environment::commit(root);
        Settings::at_commit(root, service, config, over, commit)
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
        let commit = self.source.revision.clone().zip(self.source.commit_time);
        Settings::at_commit(&self.workspace.root, service, config, over, commit)
    }

    fn at_commit(
        root: &Path,
        service: &str,
        config: &Config,
        over: &Overrides,
        commit: Option<(String, i64)>,
    ) -> Result<Settings, Error> {
        let own = config.services.get(folder_name(service)).cloned().unwrap_or_default();
        let base = base::spec(root, &config.base, over.base.as_deref(), over.refresh_base)?;
        let platform: Platform = over.platform.as_deref().unwrap_or("linux/amd64").parse()?;
        let epoch = crate::environment::source_date_epoch()?;
        let pnpm = pnpm_store(root, over, &config.store);
        Ok(Settings {
            workspace: WorkspaceSettings {
                root: root.to_path_buf(),
                service: service.to_owned(),
                services: config.workspace.services.clone(),
                rules: over.pnpm,
            },
            base: BaseSettings {
                spec: base,
                lock: lock(root, config, over, &platform)?,
                added: base::added(root, &config.base, over.base.is_some(), over.refresh_base)?,
                locked: over.locked,
                platform,
                refresh: over.refresh_base,
            },
            build: BuildSettings {
                script: script(&own, config, over.prebuilt),
                outputs: outputs(&own, config),
                sandbox: sandbox::strictness(config.build.sandbox),
            },
            install: InstallSettings {
                integrities: config.packages.integrity.clone(),
                from_pnpm_store: pnpm.is_some(),
                ignore_scripts: over.ignore_scripts,
                node: config.build.node.clone(),
                env: config.build.env.clone(),
                network: sandbox::network(&config.build.network),
                // A constant where none is given: one of the commit would build everything again with each.
                source_date_epoch: epoch.unwrap_or(fourply_blob::MTIME),
            },
            source: SourceSettings {
                created: epoch.or(commit.as_ref().map(|(_, time)| *time)).unwrap_or(fourply_blob::MTIME),
                commit_time: commit.as_ref().map(|(_, time)| *time),
                revision: commit.map(|(hash, _)| hash),
            },
            container: container(own, config),
            layers: LayerSettings {
                budget: config.image.layers.unwrap_or(DEFAULT_LAYERS),
                prune: if over.no_prune { None } else { Some(prune(&config.prune)?) },
                codec: over.codec.unwrap_or(Codec::Gzip),
            },
            store: StoreSettings {
                folder: over.store.clone().map_or_else(crate::environment::default_store, Ok)?,
                pnpm,
                offline: over.offline,
                keep_tarballs: over.keep_tarballs,
            },
            registry: RegistryOptions::resolve(&over.registry, &config.registry, root)?,
        })
    }

    /// The folder's own name: `auth` of `services/auth`.
    pub(crate) fn service_name(&self) -> &str {
        folder_name(&self.workspace.service)
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

pub(crate) fn folder_name(service: &str) -> &str {
    service.rsplit('/').next().unwrap_or(service)
}

fn outputs(own: &ServiceConfig, config: &Config) -> Vec<String> {
    let outputs = own.output.clone().or(config.build.output.clone());
    outputs.unwrap_or_else(|| vec!["dist".to_owned()])
}

fn container(own: ServiceConfig, config: &Config) -> ContainerSettings {
    let port = own.port.or(config.image.port).unwrap_or(DEFAULT_PORT);
    ContainerSettings {
        user: own.user.or(config.image.user.clone()).unwrap_or_else(|| DEFAULT_USER.to_owned()),
        port,
        health: health(own.health.as_ref().or(config.image.health.as_ref()), port),
        entrypoint: own.entrypoint.or(config.image.entrypoint.clone()),
        cmd: own.cmd.or(config.image.cmd.clone()),
        env: merged(&config.image.env, &own.env),
        labels: merged(&config.image.labels, &own.labels),
        annotations: merged(&config.image.annotations, &own.annotations),
    }
}

fn merged(all: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn prune(config: &PruneConfig) -> Result<PruneOptions, Error> {
    let rules = config.rules.as_ref().map(|rules| rules.iter().map(|rule| rule.parse()).collect());
    let rules = rules.transpose()?.unwrap_or_else(|| PruneRule::DEFAULT.into());
    Ok(PruneOptions { rules, keep: config.keep.clone(), drop: config.drop.clone() })
}

fn script(own: &ServiceConfig, config: &Config, prebuilt: bool) -> Option<String> {
    match own.script.as_ref().or(config.build.script.as_ref()) {
        _ if prebuilt => None,
        Some(Script::Switch(_)) => None,
        Some(Script::Named(name)) => Some(name.clone()),
        None => Some("build".to_owned()),
    }
}

/// The check in the form that `HEALTHCHECK` has in an image's configuration. Node asks, as it is the one program that every such
/// image holds; a service that is told another `PORT` when it is started is asked there.
fn health(health: Option<&Health>, port: u16) -> Option<Vec<String>> {
    let path = match health {
        Some(Health::Switch(_)) => return None,
        Some(Health::Command(command)) => {
            return Some(std::iter::once("CMD".to_owned()).chain(command.iter().cloned()).collect());
        }
        Some(Health::Path(path)) => path.as_str(),
        None => "/health/live",
    };
    let path = serde_json::Value::from(path);
    let script = format!(
        "fetch('http://127.0.0.1:'+(process.env.PORT||{port})+{path}).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
    );
    Some(vec!["CMD".to_owned(), "node".to_owned(), "-e".to_owned(), script])
}

/// What the lock says for this platform. A lock that does not fit is an error with `--locked`, and otherwise no lock.
fn lock(
    root: &Path,
    config: &Config,
    over: &Overrides,
    platform: &Platform,
) -> Result<Option<Locked>, Error> {
    let path = root.join(lock::FILE_NAME);
    let again = "run fourply lock, and look at what changed";
    if over.base.is_some() || over.refresh_base || !path.is_file() {
        return match over.locked {
            true => Err(Error::user(
                format!("there is no {}", lock::FILE_NAME),
                "run fourply lock, and commit the file",
            )),
            false => Ok(None),
        };
    }
    let lock = Lock::parse(&fs_err::read_to_string(&path)?)?;
    let drift = lock.drift(&config.base);
    if !drift.is_empty() {
        let reason = format!("{} does not fit [base]: {}", lock::FILE_NAME, drift.join("; "));
        return if over.locked { Err(Error::user(reason, again)) } else { Ok(None) };
    }
    match lock.platform.get(&platform.to_string()) {
        None if over.locked => Err(Error::user(
            format!("{} has nothing for {platform}", lock::FILE_NAME),
            format!("run fourply lock --platform {platform}, with the other platforms beside it"),
        )),
        found => Ok(found.cloned()),
    }
}
