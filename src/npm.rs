//! Where this machine and the workspace say how npm's registries are reached. In: settings, the environment, files. Out: one `NpmConfig`, made by
//! the rules of the pnpm that the workspace names, with a warning for each setting that is left out. What may be sent where is decided in
//! `fourply-store`, the order of the places in the rules of `fourply-pnpm`.

mod of_pnpm;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourply_pnpm::WorkspaceNetwork;
use fourply_pnpm::rules::{NetworkSources, RepositoryCredentials};
use fourply_store::{NpmConfig, NpmPolicy, NpmSource, NpmTrust};

use crate::Error;
use crate::cli::hints;
use crate::environment::{self, variable};
use crate::report::Terminal;
use crate::settings::Settings;

/// How npm's registries are reached.
pub(crate) struct Npm {
    pub(crate) config: NpmConfig,
    /// What is asked for the registry where nothing names one.
    pub(crate) default_registry: fn() -> Option<String>,
}

impl Npm {
    /// Reads all places that the workspace's pnpm reads.
    ///
    /// # Errors
    /// A file that cannot be read, and one of pnpm's own that is malformed.
    pub(crate) fn read(settings: &Settings, terminal: &Terminal) -> Result<Npm, Error> {
        let root = &settings.workspace.root;
        let network = WorkspaceNetwork::read(root, settings.workspace.rules)?;
        let (sources, default_registry): (_, fn() -> _) = match network.rules.sources {
            NetworkSources::Npm { .. } => (of_npm(root, &network)?, environment::npm_registry),
            NetworkSources::Pnpm { auth, url_variables } => {
                let places = of_pnpm::Places { root, network: &network, auth, url_variables };
                (places.read(terminal)?, environment::npm_default_registry)
            }
        };
        let asked = OnceLock::new();
        let trusted = &settings.store.trusted;
        let policy = NpmPolicy {
            variable: &variable,
            repository_credentials: network.rules.repository_credentials == RepositoryCredentials::Expanded,
            trusted,
            default_registry: &|| asked.get_or_init(default_registry).clone(),
        };
        let (mut config, notices) = NpmConfig::compose(&sources, &policy);
        config.ca_of_environment.extend(extra_authorities(terminal));
        notices.iter().for_each(|notice| terminal.warn(&hints::npm_notice(notice)));
        Ok(Npm { config: config.trusting(trusted), default_registry })
    }
}

/// Those that node trusts besides. As node does, what cannot be read is passed over.
fn extra_authorities(terminal: &Terminal) -> Option<String> {
    const NAME: &str = "NODE_EXTRA_CA_CERTS";
    let path = variable(NAME).filter(|path| !path.is_empty())?;
    let text = fs_err::read_to_string(path);
    text.inspect_err(|error| terminal.warn(&format!("{NAME} is ignored: {error}"))).ok()
}

/// The places of npm, the strongest first.
fn of_npm(root: &Path, network: &WorkspaceNetwork) -> Result<Vec<NpmSource>, Error> {
    let user = environment::user_npmrc();
    let mut sources = vec![workspace_file(root, network), in_environment("npm_config_", |_| true)];
    sources.extend(own_npmrc(root, network, user.as_deref()));
    let files = [user, environment::npm_global_npmrc(), environment::pnpm_file("rc")];
    sources
        .extend(files.into_iter().flatten().map(file).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
    Ok(sources)
}

fn workspace_file(root: &Path, network: &WorkspaceNetwork) -> NpmSource {
    NpmSource {
        name: root.join("pnpm-workspace.yaml").display().to_string(),
        folder: root.to_path_buf(),
        trust: NpmTrust::Repository,
        settings: network.settings.clone(),
    }
}

/// The workspace's `.npmrc`; nothing where the user made it his own, which then counts as such.
fn own_npmrc(root: &Path, network: &WorkspaceNetwork, user: Option<&Path>) -> Option<NpmSource> {
    let path = root.join(".npmrc");
    let same = |user: &Path| fs_err::canonicalize(user).ok() == fs_err::canonicalize(&path).ok();
    if user.is_some_and(same) {
        return None;
    }
    let text = network.npmrc.as_deref()?;
    Some(NpmSource::npmrc(path.display().to_string(), root, NpmTrust::Repository, text))
}

/// A file of the user's; nothing where there is none.
fn file(path: PathBuf) -> Result<Option<NpmSource>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Some(NpmSource::npmrc(path.display().to_string(), folder, NpmTrust::User, &text)))
}

/// Variables that begin so, in any case, as settings. A name with a host keeps its letters; of others `_` is `-`, but for the first. A program that
/// prints tokens is never taken from there.
fn in_environment(prefix: &str, wanted: impl Fn(&str) -> bool) -> NpmSource {
    let settings = environment::variables().into_iter().filter_map(|(name, value)| {
        let rest = name.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
        let rest = rest.and_then(|start| name.get(start.len()..))?;
        let key = match rest.strip_prefix('_') {
            _ if rest.starts_with(['/', '@']) => rest.to_owned(),
            Some(last) if last.eq_ignore_ascii_case("authtoken") => "_authToken".to_owned(),
            Some(last) => format!("_{}", last.to_ascii_lowercase()),
            None => rest.to_ascii_lowercase().replace('_', "-"),
        };
        let taken =
            !value.is_empty() && !key.ends_with("tokenHelper") && key != "tokenhelper" && wanted(&key);
        taken.then_some((key, value))
    });
    NpmSource {
        name: "the environment".to_owned(),
        folder: PathBuf::new(),
        trust: NpmTrust::Environment,
        settings: settings.collect(),
    }
}
