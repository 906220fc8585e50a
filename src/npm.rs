//! Where this machine and the workspace say how npm's registries are reached. In: settings, the environment, files. Out: one `NpmConfig`, made by
//! the rules of the pnpm that the workspace names, with a warning for each setting that is left out. What may be sent where is decided in
//! `fourply-store`, the order of the places in the rules of `fourply-pnpm`.

mod of_pnpm;
mod places;

use std::path::Path;
use std::sync::OnceLock;

use fourply_pnpm::WorkspaceNetwork;
use fourply_pnpm::rules::{NetworkSources, RepositoryCredentials};
use fourply_store::{InputKind, NpmConfig, NpmPolicy, NpmSource, read_text};
use places::{file, in_environment, own_npmrc, workspace_file};

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
        environment::check_certificates()?;
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
    let text = read_text(Path::new(&path), InputKind::Credentials);
    text.inspect_err(|error| terminal.warn(&format!("{NAME} is ignored: {error}"))).ok()
}

/// The places of npm, the strongest first.
fn of_npm(root: &Path, network: &WorkspaceNetwork) -> Result<Vec<NpmSource>, Error> {
    let user = environment::user_npmrc();
    let mut sources = vec![workspace_file(root, network), in_environment("npm_config_", |_| true)];
    sources.extend(own_npmrc(root, network, user.as_deref())?);
    let files = [user, environment::npm_global_npmrc(), environment::pnpm_file("rc")];
    sources
        .extend(files.into_iter().flatten().map(file).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
    Ok(sources)
}
