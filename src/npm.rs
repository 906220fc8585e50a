//! Where this machine and the workspace say how npm's registries are reached. In: settings, the environment, files. Out: one `NpmConfig`, made by
//! the rules of the pnpm that the workspace names, with a warning for each setting that is left out. What may be sent where is decided in
//! `fourply-store`, the order of the places in the rules of `fourply-pnpm`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourply_pnpm::rules::{NetworkSources, RepositoryCredentials};
use fourply_pnpm::{GlobalNetwork, WorkspaceNetwork};
use fourply_store::{NpmConfig, NpmPolicy, NpmSource, NpmTrust, read_text};

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
            NetworkSources::Pnpm => (of_pnpm(root, &network)?, environment::npm_default_registry),
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
    let text = read_text(Path::new(&path));
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

/// Those of pnpm, the strongest first. npm's variable for the registry comes last: pnpm itself does not read it.
fn of_pnpm(root: &Path, network: &WorkspaceNetwork) -> Result<Vec<NpmSource>, Error> {
    let global = global()?;
    let user = ["pnpm_config_npmrc_auth_file", "pnpm_config_userconfig"]
        .iter()
        .find_map(|name| variable(name).or_else(|| variable(&name.to_ascii_uppercase())));
    let user = user.or_else(|| global.1.npmrc_auth_file.clone()).map(|path| environment::below_home(&path));
    let user = user.filter(|path| path.exists()).or_else(environment::user_npmrc);
    let source = |trust, name: &str, settings: Vec<_>| NpmSource {
        name: name.to_owned(),
        folder: global.0.parent().unwrap_or(Path::new("")).to_path_buf(),
        trust,
        settings,
    };
    let name = global.0.display().to_string();
    let (tokens, routes): (Vec<_>, Vec<_>) =
        global.1.auth.iter().cloned().partition(|(key, _)| key.ends_with("_authToken"));
    let of_variable = auth_variable()?;
    let mut sources = vec![
        in_environment("pnpm_config_", |key| !key.starts_with(['/', '_'])),
        // A token is what it is: nothing is replaced in it.
        source(NpmTrust::Environment, &name, tokens),
        in_environment("pnpm_config_", |key| key.starts_with("//")),
        in_environment("npm_config_", |key| key.starts_with("//")),
        workspace_file(root, network),
        source(NpmTrust::User, &name, global.1.settings.clone()),
    ];
    sources.extend(own_npmrc(root, network, user.as_deref()));
    let files = [environment::pnpm_file("auth.ini"), user];
    sources
        .extend(files.into_iter().flatten().map(file).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
    let of_scopes = registries_of_scopes(&sources, &of_variable);
    let no_scopes = |(key, url): &(String, String)| key != "registry" || !of_scopes.contains(&plain(url));
    let [routes, of_variable] = [routes, of_variable].map(|all| all.into_iter().filter(no_scopes).collect());
    sources.insert(1, source(NpmTrust::Environment, "pnpm_config__auth", of_variable));
    sources.push(source(NpmTrust::Environment, &name, routes));
    sources.push(in_environment("npm_config_", |key| key == "registry"));
    Ok(sources)
}

/// The registries that scopes are declared to have, but for scopes that the variable `_auth` leads elsewhere. A token for one of them, for all scopes,
/// does not make it the default registry.
///
/// Source: pnpm 11.28.11, resolveJsonAuthRegistries and mergeRegistriesByScope (`fallbackRegistries`: the file's count where nothing else does).
fn registries_of_scopes(sources: &[NpmSource], variable: &[(String, String)]) -> BTreeSet<String> {
    let declared = sources.iter().flat_map(|source| &source.settings);
    let of_scope = |key: &str| key.starts_with('@') && key.ends_with(":registry");
    declared
        .filter(|(key, _)| of_scope(key) && !variable.iter().any(|(route, _)| route == key))
        .map(|(_, url)| plain(url))
        .collect()
}

fn plain(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
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
    if !path.exists() {
        return Ok(None);
    }
    let text = read_text(&path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Some(NpmSource::npmrc(path.display().to_string(), folder, NpmTrust::User, &text)))
}

fn global() -> Result<(PathBuf, GlobalNetwork), Error> {
    let Some(path) = environment::pnpm_file("config.yaml").filter(|path| path.is_file()) else {
        return Ok(Default::default());
    };
    let read = GlobalNetwork::parse(&read_text(&path)?);
    let read = read.map_err(|reason| malformed(&path.display().to_string(), &reason))?;
    Ok((path, read))
}

fn auth_variable() -> Result<Vec<(String, String)>, Error> {
    let found = ["pnpm_config__auth", "PNPM_CONFIG__AUTH"].into_iter().find_map(variable);
    let read = found.map(|text| GlobalNetwork::parse_auth(&text)).transpose();
    Ok(read.map_err(|reason| malformed("the variable pnpm_config__auth", &reason))?.unwrap_or_default())
}

fn malformed(place: &str, reason: &str) -> Error {
    let hint = "write it as pnpm does: _auth: { \"https://HOST/\": { \"@\": { authToken: TOKEN } } }";
    Error::user(format!("{place} cannot be used: {reason}"), hint)
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

#[cfg(test)]
mod tests;
