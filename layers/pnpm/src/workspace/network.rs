//! The registry settings of a workspace and of pnpm's own files. Texts in; pairs of npm's keys and values out. Nothing
//! is expanded in them, and trust is decided elsewhere.

use std::path::Path;

use fourply_input::InputKind;
use serde_json::{Map, Value};

use super::auth::JsonAuth;
use super::read::{LOCKFILE, WORKSPACE_FILE, document, optional};
use crate::rules::{AuthSetting, NetworkRules, NetworkSources};
use crate::settings::scalar;
use crate::{PnpmError, Rules, yaml};

/// The registry settings in the workspace's own files.
#[derive(Debug, Clone)]
pub struct WorkspaceNetwork {
    /// How its pnpm finds registries and credentials.
    pub rules: &'static NetworkRules,
    /// The text of its `.npmrc`.
    pub npmrc: Option<String>,
    /// `registry` of pnpm-workspace.yaml, if the rules read it.
    pub registry: Option<String>,
    /// Other settings of pnpm-workspace.yaml that the rules read.
    pub settings: Vec<(String, String)>,
}

impl WorkspaceNetwork {
    /// Reads the files of the workspace at `root`. Missing files are fine. `rules` replace those that the workspace
    /// names.
    ///
    /// # Errors
    /// A file that cannot be read, or an invalid pnpm-workspace.yaml.
    pub fn read(root: &Path, rules: Option<&'static Rules>) -> Result<WorkspaceNetwork, PnpmError> {
        let rules = match rules {
            Some(rules) => NetworkRules::of_rules(rules),
            None => named(root)?,
        };
        let npmrc = optional(&root.join(".npmrc"), InputKind::Npmrc)?;
        let document = match rules.sources {
            NetworkSources::Npm { workspace_registries: false } => Map::new(),
            _ => document(&root.join(WORKSPACE_FILE))?,
        };
        // Observed: of `registry` and `registries`, earlier versions use only the second.
        let is_read =
            matches!(rules.sources, NetworkSources::Pnpm { auth, .. } if auth != AuthSetting::Unread);
        let registry = document.get("registry").filter(|_| is_read).and_then(scalar);
        Ok(WorkspaceNetwork { rules, npmrc, registry, settings: settings(&document) })
    }
}

fn named(root: &Path) -> Result<&'static NetworkRules, PnpmError> {
    let manifest = optional(&root.join("package.json"), InputKind::PackageJson)?.unwrap_or_default();
    let manifest: Value = serde_json::from_str(manifest.trim_start_matches('\u{feff}')).unwrap_or_default();
    let lockfile = optional(&root.join(LOCKFILE), InputKind::PnpmLockfile)?.unwrap_or_default();
    Ok(NetworkRules::choose(manifest.get("packageManager").and_then(Value::as_str), &lockfile))
}

/// The registry settings in pnpm's own settings file.
#[derive(Debug, Clone, Default)]
pub struct GlobalNetwork {
    pub registry: Option<String>,
    /// All others except `_auth`.
    pub settings: Vec<(String, String)>,
    pub auth: JsonAuth,
    /// `npmrcAuthFile`: the file to read in place of `~/.npmrc`.
    pub npmrc_auth_file: Option<String>,
}

impl GlobalNetwork {
    /// Reads the text of pnpm's `config.yaml`.
    ///
    /// # Errors
    /// The fault in the text.
    pub fn parse(text: &str, setting: AuthSetting) -> Result<GlobalNetwork, String> {
        if text.trim().is_empty() {
            return Ok(GlobalNetwork::default());
        }
        let document: Map<String, Value> = yaml::parse(text).map_err(|error| error.message)?;
        let value = document.get("_auth").filter(|value| !value.is_null());
        let auth = value.map(|value| JsonAuth::parse(value, setting)).transpose()?.unwrap_or_default();
        let registry = document.get("registry").filter(|_| setting != AuthSetting::Unread).and_then(scalar);
        let npmrc_auth_file = document.get("npmrcAuthFile").and_then(scalar);
        Ok(GlobalNetwork { registry, settings: settings(&document), auth, npmrc_auth_file })
    }
}

/// Setting names → npm's names.
const NAMES: [(&str, &str); 12] = [
    ("httpProxy", "http-proxy"),
    ("httpsProxy", "https-proxy"),
    ("proxy", "proxy"),
    ("noProxy", "no-proxy"),
    ("noproxy", "no-proxy"),
    ("strictSsl", "strict-ssl"),
    ("ca", "ca"),
    ("cafile", "cafile"),
    ("cert", "cert"),
    ("key", "key"),
    ("fetchTimeout", "fetch-timeout"),
    ("fetchRetries", "fetch-retries"),
];

fn settings(document: &Map<String, Value>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = NAMES
        .iter()
        .filter_map(|(name, key)| Some(((*key).to_owned(), scalar(document.get(*name)?)?)))
        .collect();
    let entries = |name: &str| document.get(name).and_then(Value::as_object).into_iter().flatten();
    for (scope, url) in entries("registries") {
        let key = if scope == "default" { "registry".to_owned() } else { format!("{scope}:registry") };
        found.extend(scalar(url).map(|url| (key, url)));
    }
    for (name, url) in entries("namedRegistries") {
        found.extend(scalar(url).map(|url| (format!("named-registry:{name}"), url)));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn settings_have_npms_names() {
        let text = "registry: http://one.test\nregistries:\n  default: http://two.test\n  '@my': http://my.test\nnamedRegistries:\n  work: http://w.test\nstrictSsl: false\npackages: [a]\n";
        let read = GlobalNetwork::parse(text, AuthSetting::Yields).unwrap();
        assert_eq!(read.registry.as_deref(), Some("http://one.test"));
        let mut read: Vec<_> =
            read.settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        read.sort_unstable();
        assert_eq!(
            read,
            [
                ("@my:registry", "http://my.test"),
                ("named-registry:work", "http://w.test"),
                ("registry", "http://two.test"),
                ("strict-ssl", "false"),
            ]
        );
    }
}
