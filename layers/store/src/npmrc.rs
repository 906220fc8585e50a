//! Registries and credentials, as `.npmrc` files give them. Texts come in, already read; nothing here opens a file or asks the
//! environment. Source: npm's documentation of npmrc; pnpm reads the same keys.

use fourply_blob::Reason;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::redacted::Secret;
use crate::{Result, StoreError};

/// What `.npmrc` files say of registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NpmConfig {
    /// `registry`.
    pub registry: Option<String>,
    /// `@scope:registry`, by scope with its `@`.
    pub scopes: BTreeMap<String, String>,
    /// `//host/path/:KEY`, by `//host/path/`.
    pub credentials: BTreeMap<String, NpmCredentials>,
    /// `https-proxy`, `proxy`.
    pub proxy: Option<Secret>,
    /// `ca`: certificates in PEM.
    pub ca: Vec<String>,
    /// `cafile`: the path of certificates in PEM.
    pub ca_file: Option<String>,
    /// `fetch-timeout`, in milliseconds there.
    pub fetch_timeout: Option<Duration>,
    /// `fetch-retries`: attempts after the first.
    pub fetch_retries: Option<usize>,
}

/// How one registry is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NpmCredentials {
    token: Option<Secret>,
    basic: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
}

impl NpmCredentials {
    /// The value of the `Authorization` header.
    fn header(&self) -> Option<Secret> {
        if let Some(token) = &self.token {
            return Some(Secret::new(format!("Bearer {}", token.reveal())));
        }
        if let Some(basic) = &self.basic {
            return Some(Secret::new(format!("Basic {}", basic.reveal())));
        }
        let password = STANDARD.decode(self.password.as_ref()?.reveal()).ok()?;
        let password = String::from_utf8(password).ok()?;
        let pair = format!("{}:{password}", self.user.as_ref()?);
        Some(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
    }
}

impl NpmConfig {
    /// Reads the text of an `.npmrc`. `${NAME}` is replaced by what `variable` gives; the names that it does not know come back beside
    /// the result, to be warned of, and stay as they stand.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> (NpmConfig, Vec<String>) {
        let mut config = NpmConfig::default();
        let mut unset = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let key = expand(key.trim(), variable, &mut unset);
            let value = expand(value.trim().trim_matches('"'), variable, &mut unset);
            config.set(&key, value);
        }
        (config, unset)
    }

    fn set(&mut self, key: &str, value: String) {
        if let Some(scope) = key.strip_suffix(":registry").filter(|scope| scope.starts_with('@')) {
            self.scopes.insert(scope.to_owned(), value);
            return;
        }
        if let Some((place, what)) = key.rsplit_once(':').filter(|(place, _)| place.starts_with("//")) {
            let place = format!("{}/", place.trim_end_matches('/'));
            let held = self.credentials.entry(place).or_default();
            match what {
                "_authToken" => held.token = Some(Secret::new(value)),
                "_auth" => held.basic = Some(Secret::new(value)),
                "username" => held.user = Some(value),
                "_password" => held.password = Some(Secret::new(value)),
                _ => {}
            }
            return;
        }
        match key {
            "registry" => self.registry = Some(value),
            "https-proxy" | "proxy" => self.proxy = Some(Secret::new(value)),
            "cafile" => self.ca_file = Some(value),
            "ca" | "ca[]" => self.ca.push(value.replace("\\n", "\n")),
            // As npm does, what is no number is passed over.
            "fetch-timeout" => self.fetch_timeout = value.parse().ok().map(Duration::from_millis),
            "fetch-retries" => self.fetch_retries = value.parse().ok(),
            _ => {}
        }
    }

    /// Adds what `weaker` says where this one says nothing.
    #[must_use]
    pub fn or(mut self, weaker: NpmConfig) -> NpmConfig {
        self.registry = self.registry.or(weaker.registry);
        self.proxy = self.proxy.or(weaker.proxy);
        self.ca_file = self.ca_file.or(weaker.ca_file);
        self.fetch_timeout = self.fetch_timeout.or(weaker.fetch_timeout);
        self.fetch_retries = self.fetch_retries.or(weaker.fetch_retries);
        if self.ca.is_empty() {
            self.ca = weaker.ca;
        }
        for (scope, url) in weaker.scopes {
            self.scopes.entry(scope).or_insert(url);
        }
        for (place, held) in weaker.credentials {
            self.credentials.entry(place).or_insert(held);
        }
        self
    }

    /// Registries, proxy and certificates as an `.npmrc` says them: no credentials. `registry` is the default one.
    pub fn without_credentials(&self, registry: Option<&str>) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            // A newline would begin a setting of its own.
            text.push_str(&format!("{key}={}\n", value.replace('\r', "").replace('\n', "\\n")));
        };
        registry.iter().for_each(|url| line("registry", url));
        for (scope, url) in &self.scopes {
            // One that is no URL is told of where it is needed.
            if let Ok(url) = registry_url(url) {
                line(&format!("{scope}:registry"), &crate::redacted::shown(&url));
            }
        }
        self.proxy.iter().for_each(|url| {
            line("proxy", url.reveal());
            line("https-proxy", url.reveal());
        });
        self.ca_file.iter().for_each(|path| line("cafile", path));
        self.ca.iter().for_each(|pem| line("ca[]", &format!("\"{}\"", pem.replace('\n', "\\n"))));
        text
    }

    /// The registry of a package, ending in `/`; `None` where no `.npmrc` names one.
    ///
    /// # Errors
    /// Where what is named is no URL.
    pub fn registry_for(&self, package: &str) -> Result<Option<Url>> {
        let scope = package.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'));
        let named = scope.and_then(|scope| self.scopes.get(scope)).or(self.registry.as_ref());
        named.map(|text| registry_url(text)).transpose()
    }

    /// The value of the `Authorization` header for a URL: that of the longest `//host/path/` that it lies under.
    pub fn authorization(&self, url: &Url) -> Option<Secret> {
        let host = url.host_str()?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let place = format!("//{host}{port}{}", url.path());
        let under = self.credentials.iter().filter(|(prefix, _)| place.starts_with(prefix.as_str()));
        under.max_by_key(|(prefix, _)| prefix.len()).and_then(|(_, held)| held.header())
    }
}

/// A registry's URL with the `/` at its end that joining needs.
pub(crate) fn registry_url(text: &str) -> Result<Url> {
    let text = format!("{}/", text.trim_end_matches('/'));
    let url = Url::parse(&text).map_err(|error| StoreError::Setting {
        message: Reason::because(format!("the registry {text:?} of .npmrc is no URL"), error).into(),
    })?;
    Ok(url)
}

fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>, unset: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match variable(name) {
            Some(value) => out.push_str(&value),
            None => {
                unset.push(name.to_owned());
                out.push_str(&format!("${{{name}}}"));
            }
        }
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests;
