//! What a workspace, and pnpm's own files of settings, say of registries and the way to them. Texts come in; pairs of npm's keys and values go
//! out. Nothing is replaced in them, and nothing here knows who may be trusted.

use std::path::Path;

use serde_json::{Map, Value};

use super::read::{LOCKFILE, WORKSPACE_FILE, document, optional};
use crate::rules::{NetworkRules, NetworkSources};
use crate::settings::scalar;
use crate::{PnpmError, Rules, yaml};

/// What the workspace's own files say of registries.
#[derive(Debug, Clone)]
pub struct WorkspaceNetwork {
    /// How its pnpm finds registries and credentials.
    pub rules: &'static NetworkRules,
    /// The text of its `.npmrc`.
    pub npmrc: Option<String>,
    /// What pnpm-workspace.yaml sets, as far as the rules read it.
    pub settings: Vec<(String, String)>,
}

impl WorkspaceNetwork {
    /// Reads the files of the workspace at `root`. Absent ones say nothing. `rules` stand in place of those that the workspace names.
    ///
    /// # Errors
    /// A file that cannot be read, a pnpm-workspace.yaml that is none.
    pub fn read(root: &Path, rules: Option<&'static Rules>) -> Result<WorkspaceNetwork, PnpmError> {
        let rules = match rules {
            Some(rules) => NetworkRules::of_rules(rules),
            None => named(root)?,
        };
        let settings = match rules.sources {
            NetworkSources::Npm { workspace_registries: false } => Vec::new(),
            NetworkSources::Npm { workspace_registries: true } => {
                let mut document = document(&root.join(WORKSPACE_FILE))?;
                // Observed: of the two, these versions follow `registries` alone.
                document.remove("registry");
                settings(&document)
            }
            NetworkSources::Pnpm => settings(&document(&root.join(WORKSPACE_FILE))?),
        };
        Ok(WorkspaceNetwork { rules, npmrc: optional(&root.join(".npmrc"))?, settings })
    }
}

fn named(root: &Path) -> Result<&'static NetworkRules, PnpmError> {
    let manifest = optional(&root.join("package.json"))?.unwrap_or_default();
    let manifest: Value = serde_json::from_str(manifest.trim_start_matches('\u{feff}')).unwrap_or_default();
    let lockfile = optional(&root.join(LOCKFILE))?.unwrap_or_default();
    Ok(NetworkRules::choose(manifest.get("packageManager").and_then(Value::as_str), &lockfile))
}

/// What a file of pnpm's settings says of registries.
#[derive(Debug, Clone, Default)]
pub struct GlobalNetwork {
    /// All but `_auth`.
    pub settings: Vec<(String, String)>,
    /// `_auth`: tokens, and the registries that they are for.
    pub auth: Vec<(String, String)>,
    /// `npmrcAuthFile`: the file to read in place of `~/.npmrc`.
    pub npmrc_auth_file: Option<String>,
}

impl GlobalNetwork {
    /// Reads the text of pnpm's `config.yaml`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<GlobalNetwork, String> {
        if text.trim().is_empty() {
            return Ok(GlobalNetwork::default());
        }
        let document: Map<String, Value> = yaml::parse(text).map_err(|error| error.message)?;
        let auth = document.get("_auth").map(auth).transpose()?.unwrap_or_default();
        let npmrc_auth_file = document.get("npmrcAuthFile").and_then(scalar);
        Ok(GlobalNetwork { settings: settings(&document), auth, npmrc_auth_file })
    }

    /// Reads the JSON of pnpm's variable `_auth`.
    ///
    /// # Errors
    /// What is wrong with it; its text is not repeated, as it is secret.
    pub fn parse_auth(json: &str) -> Result<Vec<(String, String)>, String> {
        auth(&serde_json::from_str(json).map_err(|_| "it is no JSON".to_owned())?)
    }
}

/// By npm's names.
const NAMES: [(&str, &str); 13] = [
    ("registry", "registry"),
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

/// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/loadNpmrcFiles.ts, parseJsonAuth. As there, what is malformed is an error.
fn auth(value: &Value) -> Result<Vec<(String, String)>, String> {
    let registries = value.as_object().ok_or("_auth has to be an object by registry")?;
    let mut found = Vec::new();
    for (number, (url, scopes)) in registries.iter().enumerate() {
        let entry = format!("entry {} of _auth", number + 1);
        let (_, rest) = url
            .split_once("://")
            .filter(|(scheme, rest)| matches!(*scheme, "http" | "https") && !rest.contains(['@', '?', '#']))
            .ok_or_else(|| format!("{entry} is not about an http or https registry without credentials"))?;
        let scopes = scopes.as_object().ok_or_else(|| format!("{entry} has to be an object by scope"))?;
        for (scope, credentials) in scopes {
            if !scope.starts_with('@') || scope.contains(['/', ':']) {
                return Err(format!("{entry}: the scope has to be \"@\" or one such as \"@org\""));
            }
            let fields = credentials.as_object().filter(|fields| fields.keys().all(|key| key == "authToken"));
            let token = fields.and_then(|fields| fields.get("authToken")?.as_str());
            let token =
                token.ok_or_else(|| format!("{entry}: {scope} has to have an authToken, and that alone"))?;
            let place = format!("//{}/", rest.trim_end_matches('/'));
            let (route, middle) = match scope.as_str() {
                "@" => ("registry".to_owned(), String::new()),
                scope => (format!("{scope}:registry"), format!("{scope}:")),
            };
            found.push((format!("{place}:{middle}_authToken"), token.to_owned()));
            found.push((route, url.clone()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn settings_have_npms_names() {
        let text = "registry: http://one.test\nregistries:\n  default: http://two.test\n  '@my': http://my.test\nnamedRegistries:\n  work: http://w.test\nstrictSsl: false\npackages: [a]\n";
        let read = GlobalNetwork::parse(text).unwrap().settings;
        let mut read: Vec<_> = read.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        // The order in which the maps of YAML are read decides nothing, but for the two of `registry`: the first counts.
        assert!(
            read.iter().position(|pair| pair.1 == "http://one.test")
                < read.iter().position(|pair| pair.1 == "http://two.test")
        );
        read.sort_unstable();
        assert_eq!(
            read,
            [
                ("@my:registry", "http://my.test"),
                ("named-registry:work", "http://w.test"),
                ("registry", "http://one.test"),
                ("registry", "http://two.test"),
                ("strict-ssl", "false"),
            ]
        );
    }

    #[test]
    fn auth_brings_its_registries_along_and_is_strict() {
        let found = GlobalNetwork::parse_auth(
            r#"{"https://h.test/npm/": {"@": {"authToken": "t"}, "@org": {"authToken": "o"}}}"#,
        );
        let found = found.unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [
                pair("//h.test/npm/:_authToken", "t"),
                pair("registry", "https://h.test/npm/"),
                pair("//h.test/npm/:@org:_authToken", "o"),
                pair("@org:registry", "https://h.test/npm/"),
            ]
        );
        for wrong in [
            "[]",
            "x",
            r#"{"ftp://h.test/": {}}"#,
            r#"{"https://me:secret@h.test/": {}}"#,
            r#"{"https://h.test/": {"org": {"authToken": "secret"}}}"#,
            r#"{"https://h.test/": {"@": {"basicAuth": "secret"}}}"#,
        ] {
            let error = GlobalNetwork::parse_auth(wrong).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
