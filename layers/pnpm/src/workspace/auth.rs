//! pnpm's setting `_auth`: tokens, and their registries. In: its value in the variable and in config.yaml, and the
//! declarations of other places. Out: pairs of npm's keys and values. This module does not decide who may send what
//! where.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/loadNpmrcFiles.ts, parseJsonAuth, and resolveJsonAuthRegistries.ts.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::rules::AuthSetting;

type Pairs = Vec<(String, String)>;

/// The `_auth` of one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonAuth {
    /// `//host/path/:_authToken` and `//host/path/:@scope:_authToken`.
    pub tokens: Vec<(String, String)>,
    /// `@scope:registry`.
    scopes: Vec<(String, String)>,
    /// The registries of `"@"` entries, in order.
    defaults: Vec<String>,
    /// Fields that this pnpm version does not know, with their entries.
    pub ignored: Vec<String>,
}

impl JsonAuth {
    /// Reads the value, if this pnpm version does. Malformed values are errors, as in pnpm.
    ///
    /// # Errors
    /// The fault. Values are never quoted, because they are secret.
    pub fn parse(value: &Value, setting: AuthSetting) -> Result<JsonAuth, String> {
        let mut read = JsonAuth::default();
        if setting == AuthSetting::Unread {
            return Ok(read);
        }
        let registries = value.as_object().ok_or("_auth must be an object with registries as keys")?;
        for (number, (url, scopes)) in registries.iter().enumerate() {
            let entry = format!("entry {} of _auth", number + 1);
            let url = registry(url).map_err(|reason| format!("{entry} {reason}"))?;
            let scopes =
                scopes.as_object().ok_or_else(|| format!("{entry} must be an object with scopes as keys"))?;
            for (scope, credentials) in scopes {
                read.take(&entry, &url, scope, credentials, setting)?;
            }
        }
        Ok(read)
    }

    /// Reads the JSON of the variable.
    ///
    /// # Errors
    /// As for `parse`.
    pub fn parse_text(json: &str, setting: AuthSetting) -> Result<JsonAuth, String> {
        if setting == AuthSetting::Unread {
            return Ok(JsonAuth::default());
        }
        JsonAuth::parse(&serde_json::from_str(json).map_err(|_| "it is not JSON".to_owned())?, setting)
    }

    fn take(
        &mut self,
        entry: &str,
        url: &Url,
        scope: &str,
        credentials: &Value,
        setting: AuthSetting,
    ) -> Result<(), String> {
        let fields = credentials.as_object();
        if !scope.starts_with('@')
            && setting == (AuthSetting::Chooses { skips_fields: true })
            && !fields.is_some_and(|fields| fields.contains_key("authToken"))
        {
            self.ignored.push(format!("{scope} in {entry}"));
            return Ok(());
        }
        if !scope.starts_with('@') || scope.contains(['/', ':']) {
            return Err(format!("{entry}: the scope must be \"@\" or a name such as \"@org\""));
        }
        let fields = fields.filter(|fields| fields.keys().all(|key| key == "authToken"));
        let token = fields.and_then(|fields| fields.get("authToken")?.as_str());
        let token =
            token.ok_or_else(|| format!("{entry}: {scope} must have an authToken and nothing else"))?;
        let place = place(url);
        match scope {
            "@" => {
                self.tokens.push((format!("{place}:_authToken"), token.to_owned()));
                self.defaults.push(url.to_string());
            }
            scope => {
                self.tokens.push((format!("{place}:{scope}:_authToken"), token.to_owned()));
                self.scopes.push((format!("{scope}:registry"), url.to_string()));
            }
        }
        Ok(())
    }
}

/// `//host:port/path/`.
fn place(url: &Url) -> String {
    format!("//{}{}", url.authority(), url.path())
}

/// The registry of an entry; its path ends with a slash.
fn registry(text: &str) -> Result<Url, &'static str> {
    const NONE: &str = "is not about an http or https registry without credentials";
    let mut url = Url::parse(text).map_err(|_| NONE)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain || url.query().is_some() {
        return Err(NONE);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// The registries from both places of `_auth`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthRoutes {
    /// From the variable.
    pub of_variable: Vec<(String, String)>,
    /// From config.yaml.
    pub of_file: Vec<(String, String)>,
}

impl AuthRoutes {
    /// `declared` has the settings of other places, the strongest first.
    pub fn resolve<'a>(
        variable: &JsonAuth,
        file: &JsonAuth,
        declared: impl Iterator<Item = &'a (String, String)>,
        setting: AuthSetting,
    ) -> AuthRoutes {
        let (of_variable, of_file) = match setting {
            AuthSetting::Chooses { .. } => defaults(variable, file, declared),
            _ => (variable.defaults.last(), file.defaults.last()),
        };
        let routes = |auth: &JsonAuth, default: Option<&String>| -> Pairs {
            let default = default.map(|url| ("registry".to_owned(), url.clone()));
            auth.scopes.iter().cloned().chain(default).collect()
        };
        AuthRoutes { of_variable: routes(variable, of_variable), of_file: routes(file, of_file) }
    }
}

/// The default registries of both, except those that belong to a scope, unless the variable overrides that scope.
fn defaults<'a, 'b>(
    variable: &'b JsonAuth,
    file: &'b JsonAuth,
    declared: impl Iterator<Item = &'a (String, String)>,
) -> (Option<&'b String>, Option<&'b String>) {
    let mut strongest: BTreeMap<&str, String> = BTreeMap::new();
    for (key, url) in declared.filter(|(key, _)| key == "registry" || key.starts_with('@')) {
        strongest.entry(key).or_insert_with(|| plain(url));
    }
    let default = strongest.remove("registry");
    let led = |key: &str| variable.scopes.iter().any(|(route, _)| route == key);
    let is_of_scope =
        |url: &&String| strongest.iter().any(|(key, of_scope)| !led(key) && *of_scope == plain(url));
    let candidates: Vec<&String> = variable.defaults.iter().filter(|url| !is_of_scope(url)).collect();
    let chosen = match default {
        Some(default) if candidates.len() > 1 => {
            candidates.into_iter().find(|url| plain(url.as_str()) == default)
        }
        _ => candidates.last().copied(),
    };
    (chosen, file.defaults.last().filter(|url| !is_of_scope(url)))
}

/// A registry's URL in a form that compares equal for the same registry.
fn plain(url: &str) -> String {
    let url = Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.to_string());
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
