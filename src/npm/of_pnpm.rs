//! The places where pnpm itself, apart from npm's, keeps registries and credentials, the strongest first.

use std::path::{Path, PathBuf};

use fourply_pnpm::rules::AuthSetting;
use fourply_pnpm::{AuthRoutes, GlobalNetwork, JsonAuth, WorkspaceNetwork};
use fourply_store::{InputKind, NpmSource, NpmTrust, read_text};

use super::places::{file, in_environment, own_npmrc, workspace_file};
use crate::Error;
use crate::environment::{self, variable};
use crate::report::Terminal;

/// What decides which places count.
pub(super) struct Places<'a> {
    pub(super) root: &'a Path,
    pub(super) network: &'a WorkspaceNetwork,
    pub(super) auth: AuthSetting,
    pub(super) url_variables: bool,
}

type Pairs = Vec<(String, String)>;

impl Places<'_> {
    /// All of them. npm's variable for the registry comes last: pnpm itself does not read it.
    pub(super) fn read(&self, terminal: &Terminal) -> Result<Vec<NpmSource>, Error> {
        let (path, global) = self.global()?;
        let of_variable = self.variable()?;
        let ignored = of_variable.ignored.iter().chain(&global.auth.ignored);
        ignored.for_each(|field| terminal.warn(&format!("a field that is no scope is ignored: {field}")));

        let name = path.display().to_string();
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let source = |trust, name: &str, settings: Pairs| NpmSource {
            name: name.to_owned(),
            folder: folder.clone(),
            trust,
            settings,
        };
        let of_files = |settings| source(NpmTrust::User, &name, settings);
        let registry = |url: &Option<String>| -> Pairs {
            url.iter().map(|url| ("registry".to_owned(), url.clone())).collect()
        };
        let workspace = workspace_file(self.root, self.network);
        let own = NpmSource { settings: registry(&self.network.registry), ..workspace.clone() };
        let explicit = vec![own, of_files(registry(&global.registry))];
        let yaml = vec![workspace, of_files(global.settings)];
        let npmrc = self.npmrc(global.npmrc_auth_file.as_deref())?;

        let declared = explicit.iter().chain(&yaml).chain(&npmrc).flat_map(|source| &source.settings);
        let routes = AuthRoutes::resolve(&of_variable, &global.auth, declared, self.auth);
        let of_variable_routes = source(NpmTrust::Environment, VARIABLE, routes.of_variable);
        let of_file_routes = source(NpmTrust::Environment, &name, routes.of_file);
        let credentials = self.credentials(
            source(self.trust_in_tokens(), VARIABLE, of_variable.tokens),
            source(self.trust_in_tokens(), &name, global.auth.tokens),
        );

        let mut all = vec![in_environment("pnpm_config_", |key| !key.starts_with(['/', '_']))];
        match self.auth {
            AuthSetting::Unread => all.extend([explicit, credentials, yaml, npmrc].concat()),
            AuthSetting::Wins => {
                all.extend(explicit);
                all.extend([of_variable_routes, of_file_routes]);
                all.extend([credentials, yaml, npmrc].concat());
            }
            AuthSetting::YieldsToYaml => {
                all.push(of_variable_routes);
                all.extend([explicit, credentials, yaml].concat());
                all.push(of_file_routes);
                all.extend(npmrc);
            }
            AuthSetting::WinsOverAll => {
                all.extend([of_variable_routes, of_file_routes]);
                all.extend([explicit, credentials, yaml, npmrc].concat());
            }
            AuthSetting::Yields | AuthSetting::Chooses { .. } => {
                all.push(of_variable_routes);
                all.extend([explicit, credentials, yaml, npmrc].concat());
                all.push(of_file_routes);
            }
        }
        all.push(in_environment("npm_config_", |key| key == "registry"));
        Ok(all)
    }

    /// At first a token was what it is; later versions replace variables in it.
    fn trust_in_tokens(&self) -> NpmTrust {
        match self.auth {
            AuthSetting::Chooses { .. } => NpmTrust::User,
            _ => NpmTrust::Environment,
        }
    }

    /// Tokens of `_auth`, then those of variables that name a registry.
    fn credentials(&self, of_variable: NpmSource, of_file: NpmSource) -> Vec<NpmSource> {
        let mut all = vec![of_variable, of_file];
        if self.url_variables {
            all.extend(
                ["pnpm_config_", "npm_config_"].map(|name| in_environment(name, |key| key.starts_with("//"))),
            );
        }
        all
    }

    /// The workspace's `.npmrc`, auth.ini, and the user's `.npmrc` or the file that stands in for it.
    fn npmrc(&self, named: Option<&str>) -> Result<Vec<NpmSource>, Error> {
        let user = ["pnpm_config_npmrc_auth_file", "pnpm_config_userconfig"]
            .iter()
            .find_map(|name| variable(name).or_else(|| variable(&name.to_ascii_uppercase())));
        let user = user.or_else(|| named.map(str::to_owned)).map(|path| environment::below_home(&path));
        let user = user.filter(|path| path.exists()).or_else(environment::user_npmrc);
        let mut all: Vec<_> = own_npmrc(self.root, self.network, user.as_deref())?.into_iter().collect();
        for path in [environment::pnpm_file("auth.ini"), user].into_iter().flatten() {
            all.extend(file(path)?);
        }
        Ok(all)
    }

    /// config.yaml and its path; an empty one where there is none.
    fn global(&self) -> Result<(PathBuf, GlobalNetwork), Error> {
        let Some(path) = environment::pnpm_file("config.yaml").filter(|path| path.is_file()) else {
            return Ok(Default::default());
        };
        let read = GlobalNetwork::parse(&read_text(&path, InputKind::PnpmSettings)?, self.auth);
        let read = read.map_err(|reason| malformed(&path.display().to_string(), &reason))?;
        Ok((path, read))
    }

    fn variable(&self) -> Result<JsonAuth, Error> {
        let found = [VARIABLE, "PNPM_CONFIG__AUTH"].into_iter().find_map(variable);
        let read = found.map(|text| JsonAuth::parse_text(&text, self.auth)).transpose();
        Ok(read.map_err(|reason| malformed("the variable pnpm_config__auth", &reason))?.unwrap_or_default())
    }
}

const VARIABLE: &str = "pnpm_config__auth";

fn malformed(place: &str, reason: &str) -> Error {
    let hint = "write it as pnpm does: _auth: { \"https://HOST/\": { \"@\": { authToken: TOKEN } } }";
    Error::user(format!("{place} cannot be used: {reason}"), hint)
}
